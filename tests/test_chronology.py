"""A year of reports on the YPG and the SDF: what rings, whatever the order of arrival, whatever crashes.

The reports are ours, in English, Turkish, Russian, Arabic and Kurdish, by outlets that reprint each other; what
happened and when is public. `tests/bench/bench_orders.py` runs 200 orders.
"""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from monitor import app as composition
from monitor.app import App, Places
from monitor.core.match import Matcher
from monitor.ruleset.guards import unguarded
from monitor.store import Store
from tests.support import chronology
from tests.support.chronology import Recalling, Report, Rung

DATA = Path(__file__).parent / "data" / "chronology"
RULE = "ypg-status"
# Day, severity and label of all that a duty analyst must hear.
HEARD = [
    ("2025-03-10", "critical", "integration.damascus: none → agreed"),
    ("2025-10-14", "high", "MILESTONE integration.damascus: agreed again"),
    ("2026-01-18", "high", "MILESTONE integration.damascus: agreed again"),
    ("2026-01-20", "critical", "partnership.us: partnered → ended"),
    ("2026-01-30", "high", "MILESTONE integration.damascus: agreed again"),
    ("2026-02-02", "critical", "integration.damascus: agreed → implementing"),
    ("2026-02-27", "high", "MILESTONE integration.damascus: implementing again"),
    ("2026-03-10", "high", "MILESTONE integration.damascus: implementing again"),
    ("2026-04-08", "high", "MILESTONE integration.damascus: implementing again"),
]
# Two more, written by others who had not seen the rules: what they say must be heard, in their own words.
OTHERS = {
    "ypg-2.yaml": HEARD[:8],
    "ypg-3.yaml": [
        HEARD[0],
        ("2025-04-04", "high", "MILESTONE integration.damascus: agreed again"),
        *HEARD[2:6],
        ("2026-02-13", "high", "MILESTONE integration.damascus: implementing again"),
        HEARD[6],
    ],
}
NO_NEWS = {"demand", "denial", "hypothetical", "planned", "retrospective", "restatement", "description", "near-miss"}
WINDOW = timedelta(hours=72)


@pytest.fixture(scope="module")
def app() -> App:
    return composition.load(Places(desk=Path("rules"), config=None, store=None))


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    return chronology.read(DATA / "ypg.yaml")


@pytest.fixture(scope="module")
def recalling(app: App) -> Recalling:
    return Recalling(app.matcher, RULE)


def told(rung: list[Rung]) -> list[tuple[str, str, str]]:
    return [(one.opened_at.date().isoformat(), one.severity, one.label) for one in rung]


def test_every_true_change_rings_once_and_nothing_else(app: App, reports: list[Report], recalling: Recalling) -> None:
    rung = chronology.run(app, reports, RULE, matcher=recalling)

    assert told(rung) == HEARD
    about = {one.id: one.about for one in reports}
    for one in rung:
        assert {about[entry]["kind"] for entry in one.entries} <= {"report", "reprint", "followup"}
        assert "on the word of" in one.detail
    assert sum(one.about["kind"] in NO_NEWS for one in reports) > 150


@pytest.mark.parametrize("name", OTHERS)
def test_what_others_write_of_it_rings_as_well(app: App, recalling: Recalling, name: str) -> None:
    assert told(chronology.run(app, chronology.read(DATA / name), RULE, matcher=recalling)) == OTHERS[name]


def test_ten_reprints_of_a_rumour_are_one_origin_and_ring_nobody(
    app: App, reports: list[Report], recalling: Recalling
) -> None:
    rumour = [one for one in reports if one.at.date().isoformat() == "2025-11-25" and one.about["kind"] == "reprint"]
    assert len({one.feed.owner for one in rumour}) == len(rumour) == 10

    assert chronology.run(app, rumour, RULE, matcher=recalling) == []


def test_the_rumour_rings_where_origins_are_not_asked_for(app: App, reports: list[Report]) -> None:
    rumour = [one for one in reports if one.at.date().isoformat() == "2025-11-25" and one.about["kind"] == "reprint"]
    rules = dict(unguarded(app.matcher.ruleset).rules)

    rung = chronology.run(
        app, rumour, RULE, matcher=Recalling(Matcher(replace(app.matcher.ruleset, rules=rules)), RULE)
    )

    assert rung[0].label == "self: active → dissolved"


def test_the_order_of_arrival_changes_nothing(app: App, reports: list[Report], recalling: Recalling) -> None:
    for seed in range(6):
        rung = chronology.run(app, chronology.shuffled(reports, seed, WINDOW), RULE, matcher=recalling)
        assert Counter((one.severity, one.label) for one in rung) == Counter(one[1:] for one in HEARD)


def test_a_kill_between_any_two_steps_changes_nothing(
    app: App, reports: list[Report], recalling: Recalling, tmp_path: Path
) -> None:
    winter = [one for one in reports if "2026-01-15" <= one.at.date().isoformat() <= "2026-02-04"]
    chance, path, kills = random.Random(7), tmp_path / "store.db", 0  # noqa: S311 - a moment, no secret
    while killed(partial(chronology.go_on, app, winter, path, recalling, dies_after=chance.randint(100, 700))):
        kills += 1

    assert kills > 5
    first = ("2026-01-18", "critical", "integration.damascus: none → agreed")
    assert told(chronology.rung_in(path, winter)) == [first, *HEARD[3:6]]


def killed(work: Callable[[], None]) -> bool:
    """Whether the work was killed, in a process of its own; raises where it failed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


PATROL = "turkey-russia-joint-patrol"


@pytest.fixture(scope="module")
def patrols() -> list[Report]:
    return chronology.read(DATA / "patrol.yaml")


def test_the_patrols_come_back_once(app: App, patrols: list[Report]) -> None:
    silence = [one for one in patrols if "2023-09-01" <= one.at.date().isoformat() <= "2024-09-20"]

    rung = chronology.run(app, silence, PATROL)

    (back,) = [one for one in rung if "RESUMPTION" in one.label]
    assert (back.opened_at.date().isoformat(), back.severity) == ("2024-08-23", "critical")
    assert "the last was on 2023-10-0" in back.detail
    # What was written in between of patrols, past and possible, ends no silence.
    assert sum(one.at.date().isoformat() > "2023-10-12" for one in silence) > 30


def test_the_four_counts_of_patrols_are_kept_apart(app: App, patrols: list[Report], tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    chronology.go_on(app, patrols, path, app.matcher.alone(PATROL))
    with closing(Store.read(path)) as store:
        rows = store._connection.rows(
            "SELECT identity, series, low, verdict FROM figures JOIN matches ON matches.id = match_id"
            " JOIN entries ON entries.id = entry_id WHERE name = 'patrol_total' ORDER BY figures.at, figures.id"
        )

    told = {(one.id, figure["value"]): figure["series"] for one in patrols for figure in one.about.get("figures") or ()}
    found = [(told[row["identity"].removeprefix("id:"), str(row["low"])], row["series"]) for row in rows
             if (row["identity"].removeprefix("id:"), str(row["low"])) in told]  # fmt: skip
    assert {right for right, _ in found} == {"overall", "kobani", "darbasiyah", "m4_idlib"}
    assert sum(right == series for right, series in found) / len(found) > 0.85
    # No count takes over the number of another, and none goes back.
    for series in {row["series"] for row in rows}:
        values = [row["low"] for row in rows if row["series"] == series and row["verdict"] in {"first", "change"}]
        assert values == sorted(values)
