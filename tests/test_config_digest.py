"""The section `digest` of wirewatch.yaml, and the receivers that rules name."""

from datetime import UTC, time
from zoneinfo import ZoneInfo

import pytest

from monitor.config import Digesting, check_receivers
from monitor.core.query import parse
from monitor.core.rule import Rule, Telling
from monitor.core.severity import Severity
from monitor.core.timetable import Timetable
from tests.test_config import COMPLETE, read, wrong


def test_the_digest_is_read_as_it_is_written() -> None:
    section = """digest: {at: ["19:00", 7:30, "07:30"], timezone: Europe/Istanbul, receivers: [duty]}"""
    config, problems = read(f"{COMPLETE}{section}\n")
    assert problems == []
    timetable = Timetable(at=(time(7, 30), time(19)), zone=ZoneInfo("Europe/Istanbul"))
    assert config.digest == Digesting(timetable=timetable, receivers=("duty",))


def test_receivers_that_rules_name_must_be_configured() -> None:
    config, _ = read(COMPLETE)
    rule = Rule(
        id="grain", title="Grain", owner="desk", severity=Severity.HIGH, match=parse("grain"),
        telling=Telling(receivers=("duty", "hok")), file="watch/grain.yaml", line=3,
    )  # fmt: skip
    assert [str(problem) for problem in check_receivers(config, [rule])] == [
        "watch/grain.yaml:3: rule 'grain': no receiver is called 'hok'; did you mean 'hook'?"
    ]


def test_a_home_of_nobody_is_told() -> None:
    assert wrong("store: ~nobody-of-that-name/x.db") == ["w:1:8: 'store': nobody has the home '~nobody-of-that-name'"]


@pytest.mark.parametrize("at", ["24:00", "7", "07:60", "7h", "-1:00", "0700"])
def test_what_is_no_time_of_day_is_told(at: str) -> None:
    assert wrong(f"digest: {{at: ['{at}']}}") == ["w:1:15: 'at' lists times of day, from 00:00 to 23:59"]


def test_a_digest_without_times_is_no_digest() -> None:
    assert wrong("digest: {at: []}") == ["w:1:14: 'at' is empty; put something into the list, or remove the key"]


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Istambul", "no time zone is called 'Europe/Istambul'; did you mean 'Europe/Istanbul'?"),
        ("../../etc/passwd", "no time zone is called '../../etc/passwd'"),
        ("/etc/localtime", "no time zone is called '/etc/localtime'"),
        ("Europe", "no time zone is called 'Europe'"),
    ],
)
def test_what_is_no_time_zone_is_told(zone: str, said: str) -> None:
    (problem,) = wrong(f"digest: {{timezone: {zone}}}")
    assert problem.startswith(f"w:1:20: {said}")


def test_utc_needs_no_database_of_time_zones() -> None:
    config, problems = read("digest: {timezone: UTC}")
    assert problems == []
    assert config.digest.timetable.zone is UTC


def test_a_digest_goes_to_receivers_that_are_there() -> None:
    assert wrong("digest: {receivers: [desk]}") == ["w:1:22: no receiver is called 'desk'"]
