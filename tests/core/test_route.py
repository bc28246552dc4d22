"""Which receivers hear of an alert."""

import pytest

from monitor.core.query import parse
from monitor.core.route import Route, receivers_of
from monitor.core.rule import Rule
from monitor.core.severity import Severity


def rule(rule_id: str = "joint-patrol", *, owner: str = "syria-desk", severity: Severity = Severity.HIGH) -> Rule:
    return Rule(
        id=rule_id,
        title="Joint patrol",
        owner=owner,
        severity=severity,
        match=parse("patrol"),
        file="watch/rules.yaml",
        line=2,
    )


def test_a_route_without_conditions_takes_every_alert() -> None:
    everywhere = Route(receivers=("terminal",))
    assert all(everywhere.takes(rule(severity=severity)) for severity in Severity)


@pytest.mark.parametrize(
    ("route", "taken"),
    [
        (Route(receivers=("a",), min_severity=Severity.NOTICE), True),
        (Route(receivers=("a",), min_severity=Severity.HIGH), True),
        (Route(receivers=("a",), min_severity=Severity.CRITICAL), False),
        (Route(receivers=("a",), rules=("ypg-status", "joint-patrol")), True),
        (Route(receivers=("a",), rules=("ypg-status",)), False),
        (Route(receivers=("a",), owners=("syria-desk",)), True),
        (Route(receivers=("a",), owners=("iraq-desk",)), False),
        (Route(receivers=("a",), rules=("joint-patrol",), owners=("iraq-desk",)), False),
        (Route(receivers=("a",), rules=("joint-patrol",), min_severity=Severity.CRITICAL), False),
    ],
)
def test_every_condition_of_a_route_must_hold(route: Route, *, taken: bool) -> None:
    assert route.takes(rule()) is taken


def test_receivers_are_named_once_in_the_order_of_the_routes() -> None:
    routes = [
        Route(receivers=("slack", "mail")),
        Route(receivers=("nobody",), owners=("iraq-desk",)),
        Route(receivers=("terminal", "slack")),
    ]
    assert receivers_of(rule(), routes) == ("slack", "mail", "terminal")


def test_an_alert_that_no_route_takes_has_no_receivers() -> None:
    assert receivers_of(rule(), [Route(receivers=("mail",), rules=("ypg-status",))]) == ()
