"""What a feed shows at its first poll is old news; what comes later, or was asked for, rings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.core.entry import ParsedEntry
from monitor.pipeline import Pipeline
from monitor.polls import Polled
from tests.support.desk import write_desk
from tests.support.stage import NOW, due, entry, pipeline_on, polled

TITLE = "Turkey, Russia resume joint patrols in Syria"
BASELINE = "the feed showed it at its first poll"
QUIET = """
    receivers:
      terminal: {type: terminal}
    polling: {baseline: true}
"""
HOUR = timedelta(hours=1)


def first(feed_id: str, *entries: ParsedEntry) -> Polled:
    return replace(polled(feed_id, *entries), due=due(feed_id, succeeded=False))


def ledger(pipeline: Pipeline, entry_id: int) -> list[tuple[str, str]]:
    return [(row["outcome"], row["reason"]) for row in pipeline.store.alerts.matches_of_entry(entry_id)]


def quiet_desk(tmp_path: Path, *, feed: str = "") -> Path:
    desk = write_desk(tmp_path / "desk", {"a": "https://a.example/", "b": "https://b.example/"}, config=QUIET)
    if feed:
        listed = (desk / "feeds.yaml").read_text(encoding="utf-8")
        (desk / "feeds.yaml").write_text(listed.replace("id: a,", f"id: a, {feed},"), encoding="utf-8")
    return desk


def test_the_first_poll_rings_nothing_and_says_so_in_the_ledger(tmp_path: Path) -> None:
    with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
        tally = pipeline.file(first("a", *(entry(f"{TITLE}, day {day}") for day in range(118))), NOW)
        assert (tally.new, tally.matches, tally.alerts, tally.silenced) == (118, 118, 0, 118)
        assert ledger(pipeline, 1) == [("dropped", BASELINE)]


def test_what_comes_after_the_first_poll_rings(tmp_path: Path) -> None:
    with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
        pipeline.file(first("a", entry("Weather in Ankara")), NOW)
        assert pipeline.file(polled("a", entry(TITLE)), NOW + HOUR).alerts == 1


def test_a_report_elsewhere_on_what_was_old_news_here_still_rings(tmp_path: Path) -> None:
    with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
        pipeline.file(first("a", entry(TITLE, name="x")), NOW)
        assert pipeline.file(polled("b", entry(TITLE, name="y")), NOW + HOUR).alerts == 1


def test_a_first_poll_that_brings_a_copy_of_what_was_told_joins_the_alert(tmp_path: Path) -> None:
    with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
        pipeline.file(polled("b", entry(TITLE, name="y")), NOW)
        pipeline.file(first("a", entry(TITLE, name="x")), NOW + HOUR)
        assert [outcome for outcome, _ in ledger(pipeline, 2)] == ["folded"]


def test_old_news_that_is_merely_reworded_stays_old_news(tmp_path: Path) -> None:
    with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
        pipeline.file(first("a", entry(TITLE, name="x")), NOW)
        tally = pipeline.file(polled("a", entry(f"{TITLE}, ministry says", name="x")), NOW + HOUR)
        assert (tally.revised, tally.matches, tally.alerts) == (1, 1, 0)


def test_old_news_that_now_says_the_opposite_rings(tmp_path: Path) -> None:
    with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
        pipeline.file(first("a", entry(TITLE, name="x")), NOW)
        suspended = entry("Turkey, Russia suspend joint patrols in Syria", name="x")
        assert pipeline.file(polled("a", suspended), NOW + HOUR).alerts == 1


def test_a_feed_may_ask_that_its_first_poll_rings(tmp_path: Path) -> None:
    with pipeline_on(quiet_desk(tmp_path, feed="baseline: false"), tmp_path / "s.db") as pipeline:
        assert pipeline.file(first("a", entry(TITLE)), NOW).alerts == 1
        assert pipeline.file(first("b", entry("Turkey and Russia halt joint patrols")), NOW).alerts == 0


class TestIdsThatChange:
    """An entry under a new id is found again by its link and title or date."""

    DATE = datetime(2024, 8, 23, 12, tzinfo=UTC)

    def one(self, guid: str, title: str = TITLE, link: str = "https://a.example/1") -> ParsedEntry:
        return replace(entry(title, name=guid), link=link)

    def test_a_new_scheme_of_ids_alerts_nothing_again(self, tmp_path: Path) -> None:
        with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
            assert pipeline.file(polled("a", self.one("tag:1")), NOW).alerts == 1
            tally = pipeline.file(polled("a", self.one("https://a.example/?p=1")), NOW + HOUR)
            assert (tally.new, tally.matches) == (0, 0)

    def test_ids_that_change_at_each_fetch_make_no_entries(self, tmp_path: Path) -> None:
        with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
            for hour in range(5):
                pipeline.file(polled("a", self.one(f"id-{hour}", link=f"https://a.example/1?utm_source={hour}")), NOW)
            assert pipeline.store.entries.count() == 1

    def test_a_retitled_entry_under_a_new_id_is_known_by_its_date(self, tmp_path: Path) -> None:
        with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
            pipeline.file(polled("a", replace(self.one("1"), published_at=self.DATE)), NOW)
            renamed = replace(self.one("2", "Patrols are back"), published_at=self.DATE)
            assert pipeline.file(polled("a", renamed), NOW + HOUR).revised == 1

    def test_two_reports_behind_one_link_stay_two(self, tmp_path: Path) -> None:
        with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
            pipeline.file(polled("a", self.one("1", "Live: talks in Moscow")), NOW)
            tally = pipeline.file(polled("a", self.one("2", "Live: patrols resume")), NOW + HOUR)
            assert (tally.new, pipeline.store.entries.count()) == (1, 2)

    def test_an_entry_that_is_still_listed_under_its_id_is_not_taken_for_another(self, tmp_path: Path) -> None:
        with pipeline_on(quiet_desk(tmp_path), tmp_path / "s.db") as pipeline:
            pipeline.file(polled("a", self.one("1")), NOW)
            tally = pipeline.file(polled("a", self.one("1"), self.one("2")), NOW + HOUR)
            assert (tally.new, tally.revised) == (1, 0)
