"""What is wrong with a desk and a configuration that are in order each by itself.

Knows both; a person mends what is found in the file that is named.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from monitor.articles import missing as missing_extra
from monitor.config import Config, check_names, check_receivers, secret_names
from monitor.core.route import receivers_of
from monitor.core.rule import Correlation, OutageRule, Ringing, Rule
from monitor.core.tracker import lower
from monitor.errors import Problem
from monitor.feeds.article import is_available
from monitor.ruleset.desk import Desk
from monitor.secret import SecretMissingError, Secrets


def disagreements(desk: Desk, config: Config, file: Path) -> list[Problem]:
    """What is in order by itself in both and cannot be meant together; a route may name a rule that was left out."""
    return [
        *([] if desk.left_out else misnamed(desk, config)),
        *check_receivers(config, desk.ruleset.every),
        *unheard(desk, config, file),
        *said_twice(desk, config, file),
    ]


def misnamed(desk: Desk, config: Config) -> list[Problem]:
    """Routes that name rules or owners the desk does not have."""
    rules, outage = desk.ruleset.every, outage_rule(desk, config)
    owners = {*(rule.owner for rule in rules), outage.owner}
    names = {name for rule in rules for name in rule.names}
    return check_names(config, {*names, outage.id}, owners)


def unheard(desk: Desk, config: Config, file: Path) -> list[Problem]:
    """Rules whose alerts would reach nobody."""
    problems = []
    for rule in desk.ruleset.every:
        for of, ringing in _ringing(rule):
            if not receivers_of(ringing, config.routes):
                what = f"{of} of rule {rule.id!r} ({ringing.severity.label}) reach no receiver"
                message = f"{what}; add a route for it in {file}"
                problems.append(Problem(file=rule.file, line=rule.line, message=message))
    return problems


def _ringing(rule: Rule | Correlation) -> Iterator[tuple[str, Ringing]]:
    """The alerts of a rule, and those of another severity that it may bring over time."""
    yield "alerts", rule
    if not isinstance(rule, Rule):
        return
    for what, over_time in (("spikes", rule.spike), ("absences", rule.absence)):
        if over_time is not None and over_time.severity is not None:
            yield what, replace(rule, severity=over_time.severity)
    for grave in sorted({one.severity for one in rule.escalate if one.severity and one.severity > rule.severity}):
        yield "escalated alerts", replace(rule, severity=grave)
    if rule.facets and rule.change.milestone:
        yield "milestones", replace(rule, severity=lower(rule.severity))
    if rule.facets and rule.change.contested is not None:
        yield "contested changes", replace(rule, severity=rule.change.contested.severity)


def lacking(desk: Desk, config: Config, secrets: Secrets, *, feeds_file: Path, file: Path) -> list[Problem]:
    """What the daemon can start without all the same: secrets, an extra, a route for blind spots."""
    return [*_secrets(config, secrets, file), *_extra(desk, feeds_file), *_untold(desk, config, file)]


def outage_rule(desk: Desk, config: Config) -> OutageRule:
    """The rule that rings for blind spots, as the desk or the configuration has it."""
    rule, said = desk.outage, config.blind_spots
    return replace(rule, owner=said.owner or rule.owner, severity=said.severity or rule.severity)


def said_twice(desk: Desk, config: Config, file: Path) -> list[Problem]:
    """Owner and severity of blind spots in both places: one of them would be ignored."""
    said = config.blind_spots
    if not desk.outage.file or not (said.owner or said.severity):
        return []
    where = f"{desk.outage.file}:{desk.outage.line}"
    message = (
        f"'blind_spots' says owner or severity, and so does rule {desk.outage.id!r} in {where}; say it in one place"
    )
    return [Problem(file=str(file), message=message)]


def _secrets(config: Config, secrets: Secrets, file: Path) -> list[Problem]:
    found = []
    for receiver in config.receivers.values():
        for name in secret_names(receiver):
            try:
                secrets.get(name)
            except SecretMissingError as error:
                message = f"receiver {receiver.name!r}: {error}"
                found.append(Problem(file=str(file), message=message))
    return found


def _extra(desk: Desk, file: Path) -> list[Problem]:
    message = missing_extra(desk.feeds.values(), available=is_available())
    return [Problem(file=str(file), message=message)] if message else []


def _untold(desk: Desk, config: Config, file: Path) -> list[Problem]:
    rule = outage_rule(desk, config)
    if receivers_of(rule, config.routes):
        return []
    message = f"blind spots (rule {rule.id!r}, {rule.severity.label}) reach no receiver; add a route for them"
    return [Problem(file=str(file), message=message, warning=True)]
