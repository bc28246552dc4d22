"""Figures that come late, or mean something else by what came after them: each is told once, whatever the order."""

import random
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monitor import app as composition
from monitor.app import Places
from monitor.pipeline import Pipeline
from monitor.store import Store
from tests.conftest import SHIPPED_DESK
from tests.support import chronology
from tests.support.chronology import Recalling
from tests.support.desk import write_desk
from tests.support.stage import NOW, due, pipeline_on, polled
from tests.test_chronology import DATA, PATROL, killed
from tests.test_figures import FEEDS, NUMBERS_RULES, dated

# No two of them alike: reports in the same words are one origin.
WORDS = {
    "SOHR": "Turkey and Russia run {}th joint patrol near Kobani",
    "TRT": "Kobani: {}th patrol of both armies, Turkish channel reports",
    "AA": "Agency counts {}th patrol in villages east of Kobani",
    "Hawar": "Residents saw {}th patrol pass the Kobani road at noon",
    "AP": "In Kobani {}th patrol of Russian vehicles, witnesses told us",
}
# Of a rule whose alerts are named by figures.
CONVOYS = {
    "SOHR": "The {}th convoy rolls in from the north",
    "TRT": "Army: the {}th convoy",
    "AA": "Drivers of the {}th convoy complain of bad roads",
    "Hawar": "Residents of Tal Rifat saw a {}th convoy at noon",
    "AP": "Witnesses told us of the {}th convoy since spring",
}
TOLL = "Blast in Manbij market: {} killed, officials in the town said"
DAY = 24 * 60


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_desk(tmp_path_factory.mktemp("desk"), FEEDS, rules=NUMBERS_RULES + PATROL_DIGEST)


# A count without a baseline, of a rule that rings on figures only.
PATROL_DIGEST = """
    - id: convoy
      owner: syria-desk
      match: convoy
      assert: {done: digest}
      numbers:
        trucks: {near: convoy, alert_on: {jump_over: 20}}
      tests:
      - {text: "Number of convoys rises from 24 to 29 convoys", expect: match, numbers: {trucks: 29}}
      - {text: "The 24th convoy rolls in", expect: digest, numbers: {trucks: 24}}
"""


@pytest.fixture
def pipeline(desk: Path, tmp_path: Path) -> Iterator[Pipeline]:
    with pipeline_on(desk, tmp_path / "store.db") as one:
        yield one


def come(pipeline: Pipeline, *reports: tuple[str, str, int]) -> None:
    """File reports in this order, the last of them dated before the first comes: texts by outlets, dated by minutes."""
    begin = NOW + timedelta(minutes=max(minute for _, _, minute in reports))
    for step, (text, outlet, minute) in enumerate(reports):
        one = dated(text, outlet, NOW + timedelta(minutes=minute))
        one = replace(one, id=f"{one.id} at {minute}", link=f"{one.link}-at-{minute}")
        assert not pipeline.file(polled("a", one), begin + timedelta(minutes=step)).bugs


def patrol(number: int, outlet: str, minute: int) -> tuple[str, str, int]:
    return WORDS[outlet].format(number), outlet, minute


def said(pipeline: Pipeline) -> list[str]:
    """All updates of all alerts, in the order in which they were told."""
    return [row["detail"] for row in pipeline.store._connection.rows("SELECT detail FROM alert_updates ORDER BY id")]


def figures(pipeline: Pipeline) -> list[dict[str, Any]]:
    return pipeline.store._connection.rows("SELECT * FROM figures ORDER BY at, low, outlet")


def verdicts(pipeline: Pipeline) -> list[tuple[int, str, str]]:
    return [(row["low"], row["outlet"], row["verdict"]) for row in figures(pipeline)]


def test_a_change_that_is_reported_late_is_told_and_what_was_told_is_not_told_again(pipeline: Pipeline) -> None:
    come(pipeline, patrol(124, "SOHR", 2 * DAY), patrol(122, "AA", 0), patrol(124, "AP", 2 * DAY - 9))

    assert said(pipeline) == ["kobani: 121 -> 124 (SOHR)", "kobani: 121 -> 122 (AA)"]


def test_a_jump_is_no_longer_doubtful_when_an_independent_origin_has_it(pipeline: Pipeline) -> None:
    come(pipeline, patrol(344, "TRT", 0), patrol(345, "AA", 60))

    assert said(pipeline) == [
        "kobani: 121 -> 344 (TRT), REVIEW: another series or a slip?",
        "kobani: 121 -> 345 (AA), which TRT gave as well",
        "kobani: 344 (TRT) is no longer doubtful: AA has the same jump: 345",
    ]
    assert verdicts(pipeline) == [(344, "TRT", "confirmed"), (345, "AA", "change")]


def test_a_jump_that_came_first_is_confirmed_by_a_report_that_is_dated_before_it(pipeline: Pipeline) -> None:
    come(pipeline, patrol(345, "AA", 60), patrol(344, "TRT", 0))

    assert said(pipeline) == [
        "kobani: 121 -> 345 (AA), REVIEW: another series or a slip?",
        "kobani: 121 -> 345 (AA), which TRT gave as well",
    ]
    assert verdicts(pipeline) == [(344, "TRT", "confirmed"), (345, "AA", "change")]


def test_reprints_of_a_slip_do_not_confirm_it_and_it_is_told_once(pipeline: Pipeline) -> None:
    text = WORDS["TRT"].format(344)
    come(pipeline, *((text, f"Paper {number}", number) for number in range(10)))

    assert {verdict for _, _, verdict in verdicts(pipeline)} == {"jump"}
    assert said(pipeline) == ["kobani: 121 -> 344 (Paper 0), REVIEW: another series or a slip?"]


def test_a_figure_becomes_doubtful_by_a_report_that_is_dated_before_it(pipeline: Pipeline) -> None:
    come(pipeline, ("Army: the 100th convoy", "AP", 90), ("The 24th convoy rolls in from the north", "SOHR", 0))

    assert said(pipeline) == ["trucks: 24 -> 100 (AP), REVIEW: another series or a slip?"]
    assert [row["label"] for row in pipeline.store.alerts.all(9)] == ["trucks 24 -> 100, REVIEW"]


def test_an_alert_that_was_opened_for_a_doubtful_figure_loses_the_name_when_it_is_confirmed(pipeline: Pipeline) -> None:
    come(
        pipeline, ("The 24th convoy rolls in from the north", "SOHR", 0), ("Army: the 100th convoy", "AP", 90),
        ("Drivers of the 101st convoy complain of bad roads", "AA", 99),
    )  # fmt: skip

    assert [row["label"] for row in pipeline.store.alerts.all(9)] == ["trucks 24 -> 100"]
    assert said(pipeline)[1:] == ["trucks: 24 -> 101 (AA), which AP gave as well"]


def test_a_change_that_turns_out_to_be_a_fall_is_taken_back(pipeline: Pipeline) -> None:
    come(pipeline, patrol(122, "SOHR", 3 * DAY), patrol(124, "AA", 0))

    assert said(pipeline) == [
        "kobani: 121 -> 122 (SOHR)",
        "kobani: 121 -> 124 (AA)",
        "kobani: 122 (SOHR) is taken back: 124 -> 122 is a fall: another series or an error",
    ]


def test_a_range_of_last_week_is_told_when_its_second_outlet_comes_late(pipeline: Pipeline) -> None:
    come(pipeline, patrol(123, "SOHR", 0), patrol(130, "AA", 7 * DAY), patrol(122, "AP", 60))

    assert said(pipeline)[2:] == ["kobani 122-123: 123 SOHR; 122 AP"]


def test_a_toll_rises_by_a_report_on_how_it_began(pipeline: Pipeline) -> None:
    come(pipeline, *((TOLL.format(toll), "AP", toll) for toll in (26, 31, 24)))
    opened = [row["label"] for row in pipeline.store.alerts.all(9)]

    # 31 is a quarter more than 24, and not than 26.
    assert opened == ["killed 24 -> 31"]
    assert said(pipeline) == ["killed: 24 -> 31 (AP)"]


def test_what_a_first_poll_shows_is_never_told_though_it_makes_a_jump_a_change(tmp_path: Path) -> None:
    config = "receivers: {terminal: {type: terminal}}\npolling: {gap: 0s, baseline: true}\n"
    quiet = write_desk(tmp_path / "desk", FEEDS, rules=NUMBERS_RULES, config=config)
    with pipeline_on(quiet, tmp_path / "store.db") as pipeline:
        come(pipeline, patrol(344, "TRT", 0))
        old = polled("d", dated(WORDS["AA"].format(345), "AA", NOW - timedelta(days=2)))
        pipeline.file(replace(old, due=due("d", succeeded=False)), NOW + timedelta(minutes=5))
        come(pipeline, patrol(346, "AP", 60))

        assert verdicts(pipeline)[:2] == [(345, "AA", "confirmed"), (344, "TRT", "change")]
        assert said(pipeline) == [
            "kobani: 121 -> 344 (TRT), REVIEW: another series or a slip?",
            "kobani: 121 -> 344 (TRT), which AA gave as well",
            "kobani: 344 -> 346 (AP)",
        ]


def test_an_entry_that_was_revised_is_not_told_twice_and_counts_as_it_is_now(pipeline: Pipeline) -> None:
    one = dated(WORDS["SOHR"].format(124), "SOHR", NOW)
    for title in (one.title, f"{one.title}, officials say", WORDS["SOHR"].format(122)):
        assert not pipeline.file(polled("a", replace(one, title=title)), NOW).bugs
    come(pipeline, patrol(123, "AP", 60))

    assert [row["verdict"] for row in sorted(figures(pipeline), key=lambda row: row["id"])] == [
        "replaced", "replaced", "change", "change",
    ]  # fmt: skip
    assert said(pipeline) == [
        "kobani: 121 -> 124 (SOHR)", "kobani: 121 -> 122 (SOHR)", "kobani: 124 (SOHR) is taken back: corrected to 122",
        "kobani: 122 -> 123 (AP)",
    ]  # fmt: skip


def test_a_jump_is_doubtful_again_when_who_confirmed_it_says_otherwise(pipeline: Pipeline) -> None:
    come(pipeline, patrol(344, "TRT", 0))
    one = dated(WORDS["AA"].format(345), "AA", NOW + timedelta(minutes=60))
    for number in (345, 122):
        revised = replace(one, title=WORDS["AA"].format(number))
        assert not pipeline.file(polled("a", revised), NOW + timedelta(minutes=61)).bugs

    assert verdicts(pipeline) == [(344, "TRT", "jump"), (122, "AA", "change"), (345, "AA", "replaced")]
    assert said(pipeline)[2:] == [
        "kobani: 344 (TRT) is no longer doubtful: AA has the same jump: 345",
        "kobani: 344 (TRT) is doubtful again, REVIEW: 121 -> 344 is more than 20 at once: another series or a slip?",
        "kobani: 121 -> 122 (AA)",
        "kobani: 345 (AA) is taken back: corrected to 122",
    ]


STREAM = [
    patrol(122, "SOHR", 0), patrol(123, "Hawar", 60), patrol(123, "SOHR", 90), patrol(122, "AP", 120),
    patrol(160, "TRT", 140), patrol(4, "AA", 150), patrol(124, "AA", 3 * DAY), patrol(344, "TRT", 4 * DAY),
    patrol(345, "AP", 5 * DAY), patrol(346, "SOHR", 6 * DAY),
]  # fmt: skip
SHUFFLED = st.permutations(STREAM)
ANY = st.lists(
    st.builds(
        patrol,
        number=st.sampled_from([90, 122, 123, 124, 126, 150, 151, 300, 301]),
        outlet=st.sampled_from(sorted(WORDS)),
        minute=st.integers(0, 5 * DAY),
    ),
    min_size=2, max_size=7, unique_by=(lambda one: one[0], lambda one: one[2]),
)  # fmt: skip
REVISED = st.lists(st.tuples(st.integers(0, 6), st.sampled_from([0, 121, 125, 310])), max_size=2)
ORDERS = settings(
    max_examples=20,
    phases=(Phase.generate,),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def filed(desk: Path, folder: Path, reports: Iterable[tuple[str, str, int]]) -> tuple[list[dict[str, Any]], list[str]]:
    with pipeline_on(desk, folder / "store.db") as pipeline:
        come(pipeline, *reports)
        return figures(pipeline), said(pipeline)


def reached(told: list[str], *, once: bool = True) -> set[str]:
    """The figures that were told as a change; each once, where the same outlet gave no figure twice."""
    found = [match[1] for one in told if (match := re.search(r"-> (\d+) \(\w+\)(?!, REVIEW)", one))]
    assert not once or len(found) == len(set(found)), told
    return set(found)


@ORDERS
@given(order=SHUFFLED)
def test_the_same_changes_and_ranges_are_told_in_any_order(
    order: list[tuple[str, str, int]], desk: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows, told = filed(desk, tmp_path_factory.mktemp("order"), order)

    assert {(row["low"], row["outlet"]): row["verdict"] for row in rows} == {
        (122, "SOHR"): "change", (123, "Hawar"): "change", (123, "SOHR"): "same", (122, "AP"): "conflict",
        (160, "TRT"): "jump", (4, "AA"): "fall", (124, "AA"): "change", (344, "TRT"): "confirmed",
        (345, "AP"): "change", (346, "SOHR"): "change",
    }  # fmt: skip
    assert {"122", "123", "124", "345", "346"} <= reached(told)
    assert any(one.startswith("kobani 122-123: ") for one in told)


@ORDERS
@given(reports=ANY, revised=REVISED, words=st.sampled_from([WORDS, CONVOYS]), order=st.randoms(use_true_random=False))
def test_the_last_word_on_each_figure_holds_whatever_came_in_whatever_order(
    reports: list[tuple[str, str, int]], revised: list[tuple[int, int]], words: dict[str, str], order: Any, desk: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    reports = [(in_words(words, text, outlet), outlet, at) for text, outlet, at in reports]
    reports.sort(key=lambda one: one[2])
    usual = revised_after(desk, tmp_path_factory.mktemp("usual"), reports, revised)
    order.shuffle(reports)
    came = revised_after(desk, tmp_path_factory.mktemp("order"), reports, revised)

    assert judgements(came[0]) == judgements(usual[0])
    for rows, told, labels in (usual, came):
        live = [row for row in rows if row["verdict"] != "replaced"]
        for row in rows:
            # A text names figure and outlet alone: of one that an outlet gave twice, what holds for either may stand.
            alike = [each for each in live if (each["low"], each["outlet"]) == (row["low"], row["outlet"])] or [row]
            assert last_word(row, told) in set().union(*(HOLDS[each["verdict"]] for each in alike)), (row, told)
        for number, row in enumerate(live):
            if row["verdict"] == "change" and row["turn"] == 2:
                values = {str(each["low"]) for each in stretch(live[number:])}
                assert values & reached(told, once=False), (row, told)
        doubted = {str(row["low"]) for row in live if row["verdict"] == "jump"}
        assert {match[1] for one in labels if (match := re.search(r"-> (\d+), REVIEW", one))} <= doubted
        assert not doubted or any(row["told"] == "jump" for row in live)


def in_words(words: dict[str, str], text: str, outlet: str) -> str:
    """The number of a patrol in other words of the same outlet."""
    return words[outlet].format("".join(re.findall(r"\d", text)))


# The last word that may stand on a figure, by what it is; "" where it was not told, as the count that it stands by was.
HOLDS = {
    "first": {"", "change", "believed"},
    "same": {"", "change", "believed"},
    "conflict": {"", "change", "believed"},
    "change": {"", "change", "believed"},
    "confirmed": {"", "change", "believed"},
    "jump": {"", "doubted"},
    "fall": {"", "back"},
    # Of a count that rose in one report, the lower figure was true in its time.
    "replaced": {"", "back", "change", "believed"},
}


def last_word(row: dict[str, Any], told: list[str]) -> str:
    """What the last update that is about a figure says of it; one of a jump may be told by who confirmed it."""
    given = rf"\b{row['low']} \({row['outlet']}\)"
    witness = rf"which [^;]*\b{row['outlet']}\b.* gave as well"
    about = [one for one in told if re.search(given, one) or (row["told"] == "believed" and re.search(witness, one))]
    if not about:
        return ""
    if "REVIEW" in about[-1]:
        return "doubted"
    if "is taken back" in about[-1]:
        return "back"
    return "change" if "->" in about[-1].partition(")")[0] else "believed"


def judgements(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (row["at"], row["low"], row["outlet"], row["verdict"], row["reason"])
        for row in rows
        if row["verdict"] != "replaced"
    ]


def revised_after(
    desk: Path, folder: Path, reports: list[tuple[str, str, int]], revised: list[tuple[int, int]]
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """File reports, then correct some: the one dated n-th, to a number, or to none where that is 0."""
    dates = sorted(reports, key=lambda one: one[2])
    words = CONVOYS if "convoy" in dates[0][0] else WORDS
    with pipeline_on(desk, folder / "store.db") as pipeline:
        come(pipeline, *reports)
        for step, (number, to) in enumerate(revised):
            text, outlet, minute = dates[number % len(dates)]
            one = dated(text, outlet, NOW + timedelta(minutes=minute))
            title = words[outlet].format(to) if to else "Ministers meet in Ankara"
            same = replace(one, id=f"{one.id} at {minute}", link=f"{one.link}-at-{minute}", title=title)
            assert not pipeline.file(polled("a", same), NOW + timedelta(days=9, minutes=step)).bugs
        return figures(pipeline), said(pipeline), [row["label"] for row in pipeline.store.alerts.all(99)]


def stretch(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A figure that was told as a change and what stands by it, up to the next."""
    end = next((at for at, row in enumerate(rows) if at and row["turn"] == 2), len(rows))
    return rows[:end]


def test_a_kill_between_any_two_steps_loses_no_figure_and_tells_none_twice(tmp_path: Path) -> None:
    app = composition.load(Places(desk=SHIPPED_DESK, config=None, store=None))
    reports = [one for one in chronology.read(DATA / "patrol.yaml") if "2024-08" <= one.at.isoformat() < "2024-10"]
    late = chronology.shuffled(reports, 3, timedelta(hours=72))
    recalling = Recalling(app.matcher, PATROL)
    whole, cut = tmp_path / "whole.db", tmp_path / "cut.db"
    chronology.go_on(app, late, whole, recalling)
    chance, kills = random.Random(7), 0  # noqa: S311 - a moment, no secret
    while killed(partial(chronology.go_on, app, late, cut, recalling, dies_after=chance.randint(100, 700))):
        kills += 1

    assert kills > 3
    figures, updates = told_in(whole)
    assert figures
    assert updates
    assert told_in(cut) == [figures, updates]


def told_in(path: Path) -> list[list[Any]]:
    figures = (
        "SELECT identity, series, low, verdict, figures.reason, turn, told FROM figures JOIN matches ON"
        " matches.id = match_id JOIN entries ON entries.id = entry_id ORDER BY identity, series"
    )
    updates = "SELECT alert_id, detail FROM alert_updates WHERE kind = 'update' ORDER BY alert_id, detail"
    with closing(Store.read(path)) as store:
        return [[tuple(row.values()) for row in store._connection.rows(one)] for one in (figures, updates)]
