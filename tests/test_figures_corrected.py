"""Figures that their own outlets correct: what was told of them is taken back, and what they hid is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.pipeline import Pipeline
from tests.support.desk import write_desk
from tests.support.stage import NOW, pipeline_on, polled
from tests.test_figures import FEEDS, NUMBERS_RULES, dated
from tests.test_figures_order import DAY, PATROL_DIGEST, WORDS, come, figures, patrol, said, verdicts

CONVOY = ("The 24th convoy rolls in from the north", "SOHR", 0)
MASS = """
    rules:
    - id: attack
      owner: syria-desk
      match: bomb and checkpoint
      numbers:
        killed: {near: killed or dead, per: story, alert_on: {min_delta: 2, jump_over: 50}}
      escalate:
      - {number: killed, at_least: 100, severity: critical, label: MASS}
      tests:
      - {text: "Car bomb at checkpoint: 3 dead", expect: match}
      - {text: "Checkpoint opened", expect: no-match}
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_desk(tmp_path_factory.mktemp("desk"), FEEDS, rules=NUMBERS_RULES + PATROL_DIGEST)


@pytest.fixture
def pipeline(desk: Path, tmp_path: Path) -> Iterator[Pipeline]:
    with pipeline_on(desk, tmp_path / "store.db") as one:
        yield one


def say(pipeline: Pipeline, outlet: str, *titles: str) -> None:
    """One entry of an outlet, dated an hour from now, with these titles one after the other."""
    one = dated(titles[0], outlet, NOW + timedelta(minutes=60))
    for step, title in enumerate(titles):
        revised = replace(one, id=f"the one of {outlet}", link=f"https://x.example/{outlet}", title=title)
        assert not pipeline.file(polled("a", revised), NOW + timedelta(days=9, minutes=step)).bugs


def labels(pipeline: Pipeline) -> list[str]:
    return [row["label"] for row in pipeline.store.alerts.all(9)]


@pytest.mark.parametrize(
    "title",
    [
        "Turkey and Russia run joint patrol near Kobani",
        "Turkey and Russia run 124th joint patrol near Darbasiyah",
        "Turkey and Russia did not run the 124th joint patrol near Kobani, officials say",
        "Turkey and Russia sign a gas deal",
    ],
    ids=["no figure", "of another series", "denied", "no match"],
)
def test_a_figure_that_a_corrected_report_no_longer_gives_counts_no_longer(title: str, pipeline: Pipeline) -> None:
    say(pipeline, "SOHR", WORDS["SOHR"].format(124), title)
    come(pipeline, patrol(123, "AP", 2 * DAY))

    assert said(pipeline) == [
        "kobani: 121 -> 124 (SOHR)",
        "kobani: 124 (SOHR) is taken back: the report was revised and has it no more",
        "kobani: 121 -> 123 (AP)",
    ]
    assert [row["verdict"] for row in figures(pipeline) if row["series"] == "kobani"] == ["replaced", "change"]


@pytest.mark.parametrize(
    "title", ["Turkey and Russia sign a gas deal", "Turkey and Russia run joint patrol near Kobani"]
)
def test_what_a_wrong_figure_stood_in_the_way_of_is_told_when_it_is_corrected(title: str, pipeline: Pipeline) -> None:
    say(pipeline, "SOHR", WORDS["SOHR"].format(124))
    come(pipeline, patrol(123, "AP", 2 * DAY))
    say(pipeline, "SOHR", WORDS["SOHR"].format(124), title)

    assert said(pipeline)[1:] == [
        "kobani: 121 -> 123 (AP)", "kobani: 124 (SOHR) is taken back: the report was revised and has it no more",
    ]  # fmt: skip


def test_a_digest_report_opens_its_own_alert_when_the_figure_ahead_of_it_is_corrected_away(pipeline: Pipeline) -> None:
    come(pipeline, CONVOY)
    say(pipeline, "AP", "Army: the 30th convoy", "Army: no convoys today")
    come(pipeline, ("Drivers of the 29th convoy complain of bad roads", "AA", 6 * DAY))
    say(pipeline, "AP", "Army: the 30th convoy")
    say(pipeline, "AP", "Ministers meet in Ankara")

    newest = pipeline.store.alerts.all(9)[0]
    assert newest["title"] == "Drivers of the 29th convoy complain of bad roads"
    assert newest["label"] == "trucks 24 -> 29"


@pytest.mark.parametrize("number", [121, 120])
def test_what_was_told_of_a_figure_is_taken_back_where_its_outlet_corrects_it(number: int, pipeline: Pipeline) -> None:
    say(pipeline, "AA", WORDS["AA"].format(124), WORDS["AA"].format(number))

    assert said(pipeline) == [
        "kobani: 121 -> 124 (AA)", f"kobani: 124 (AA) is taken back: corrected to {number}",
    ]  # fmt: skip


def test_a_count_that_rises_in_one_report_takes_nothing_back(pipeline: Pipeline) -> None:
    say(pipeline, "AA", WORDS["AA"].format(124), WORDS["AA"].format(126))

    assert said(pipeline) == ["kobani: 121 -> 124 (AA)", "kobani: 121 -> 126 (AA)"]


def test_a_slip_that_is_corrected_is_taken_back_and_its_alert_is_no_longer_to_review(pipeline: Pipeline) -> None:
    come(pipeline, CONVOY)
    say(pipeline, "AP", "Army: the 100th convoy", "Army: the 25th convoy")

    assert labels(pipeline) == ["trucks 24 -> 100, TAKEN BACK"]
    assert said(pipeline)[1:] == ["trucks: 24 -> 25 (AP)", "trucks: 100 (AP) is taken back: corrected to 25"]


def test_a_figure_that_was_taken_back_is_told_when_it_holds_again(pipeline: Pipeline) -> None:
    come(pipeline, patrol(122, "SOHR", 3 * DAY))
    say(pipeline, "AA", *(WORDS["AA"].format(number) for number in (124, 121, 124, 121)))

    assert [one for one in said(pipeline) if "122" in one] == [
        "kobani: 121 -> 122 (SOHR)",
        "kobani: 122 (SOHR) is taken back: 124 -> 122 is a fall: another series or an error",
        "kobani: 121 -> 122 (SOHR); holds again",
        "kobani: 122 (SOHR) is taken back: 124 -> 122 is a fall: another series or an error; once more",
        "kobani: 121 -> 122 (SOHR); holds again (2)",
    ]


@pytest.mark.parametrize("late", [False, True])
def test_an_alert_on_a_jump_is_not_to_review_once_it_is_believed_whatever_came_first(
    late: bool, pipeline: Pipeline
) -> None:
    jumps = [("Army: the 100th convoy", "AP", 90), ("Drivers of the 101st convoy complain of bad roads", "AA", 99)]
    come(pipeline, CONVOY, *(reversed(jumps) if late else jumps))

    assert labels(pipeline) == [f"trucks 24 -> {101 if late else 100}"]


def test_an_alert_that_was_named_for_another_figure_keeps_its_name(pipeline: Pipeline) -> None:
    come(pipeline, CONVOY, ("Army: the 100th convoy", "AP", 90))
    say(pipeline, "AA", "Drivers of the 200th convoy complain of bad roads", "Drivers of the 24th convoy complain")

    assert labels(pipeline) == ["trucks 24 -> 100, REVIEW"]
    assert verdicts(pipeline)[1:] == [(24, "AA", "same"), (200, "AA", "replaced"), (100, "AP", "jump")]


@pytest.mark.parametrize("order", [(150, 165, 180), (165, 150, 180), (180, 150, 165), (180, 165, 150)])
def test_of_doubtful_jumps_near_each_other_one_is_told(order: tuple[int, ...], pipeline: Pipeline) -> None:
    text = WORDS["TRT"]
    come(pipeline, *((text.format(number), f"Paper {number}", number) for number in order))

    assert [row["verdict"] for row in figures(pipeline)] == ["jump"] * 3
    assert sum("REVIEW" in one for one in said(pipeline)) == (2 if order[:2] == (180, 150) else 1)


def test_a_figure_that_was_corrected_escalates_no_alert_and_a_doubtful_jump_does(tmp_path: Path) -> None:
    with pipeline_on(write_desk(tmp_path / "desk", FEEDS, rules=MASS), tmp_path / "store.db") as pipeline:
        say(pipeline, "AP", "Car bomb at checkpoint: 31 dead", "Car bomb at checkpoint: 310 dead")
        highest = [pipeline.store.alerts.figures(1)]
        say(pipeline, "AP", "Car bomb at checkpoint: 31 dead")
        highest.append(pipeline.store.alerts.figures(1))
        say(pipeline, "AA", "Governor: bomb hits checkpoint at the bridge, 200 dead")
        highest.append(pipeline.store.alerts.figures(1))

        assert highest == [{"killed": 310}, {"killed": 31}, {"killed": 200}]
