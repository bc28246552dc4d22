"""Digests through the writing half: what waits, when it goes out, to whom, and that no line is lost or told twice."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.rule import Rule, Status, Telling
from monitor.pipeline import Pipeline
from monitor.polls import Polled
from tests.support.desk import write_desk
from tests.support.hedging import hedging, without
from tests.support.stage import NOW, due, entry, polled, staged

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEEDS = {"a": "https://a.example/", "b": "https://b.example/"}
RULES = """
    rules:
    - id: joint-patrol
      title: Joint patrol
      owner: syria-desk
      match: $turkey and $russia and $topic.patrol
      tests:
      - {text: "Turkey and Russia patrol", expect: match}
      - {text: "Turkey and Russia sign a gas deal", expect: no-match}
    - id: grain
      title: Grain
      owner: markets
      match: grain
      tests:
      - {text: "Grain leaves Odesa", expect: match}
      - {text: "Oil leaves Odesa", expect: no-match}
"""
CONFIG = """
    receivers:
      syria: {type: terminal}
      markets: {type: terminal}
      duty: {type: email, host: mail.example, from: w@example.org, to: [a@example.org, b@example.org]}
    routes:
    - {owners: [syria-desk], receivers: [syria]}
    - {owners: [markets], receivers: [markets]}
"""
# 07:00 in Istanbul, before and after NOW (13:30 UTC).
DIGEST = '    digest: {at: ["07:00"], timezone: Europe/Istanbul}\n'
AT = datetime.fromisoformat("2024-08-24T04:00:00+00:00")

MAY = "Turkey and Russia may resume joint patrols"
DENIED = "Turkey denied resuming joint patrols with Russia"
RESUMED = "Turkey and Russia resume joint patrols"
GRAIN = "Grain may leave Odesa soon"
ONE_LINE = f"""\
≡ [digest] 1 line: Joint patrol 1
  Joint patrol (joint-patrol)
  - One (2024-08-23 13:30 UTC): {MAY}
    possible: may · entry 1
    https://news.example/x
  digest 1 · 2024-08-24 04:00 UTC"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return write_desk(tmp_path / "desk", FEEDS, rules=RULES, config=CONFIG + DIGEST)


@pytest.fixture
def pipeline(desk: Path, tmp_path: Path) -> Iterator[Pipeline]:
    with hedging(desk, tmp_path / "s.db") as one:
        one.tell_digest(NOW)
        yield one


def told(pipeline: Pipeline) -> dict[str, list[str]]:
    """The texts of all digests by receiver, in their order."""
    rows = pipeline.store._connection.rows(
        """SELECT receiver, recipient, payload FROM deliveries JOIN notices ON notices.id = notice_id
        WHERE kind = 'digest' ORDER BY deliveries.id"""
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        payload: dict[str, Any] = json.loads(row["payload"])
        found.setdefault(f"{row['receiver']} {row['recipient']}".strip(), []).append(
            payload.get("text") or payload["body"]
        )
    return found


def ledger(pipeline: Pipeline) -> list[tuple[str, str, str]]:
    rows = pipeline.store._connection.rows("SELECT outcome, reason, detail FROM matches ORDER BY id")
    return [(row["outcome"], row["reason"], row["detail"]) for row in rows]


def rule(desk: Path, rule_id: str = "joint-patrol") -> Rule:
    return staged(desk, desk / "none.db").desk.ruleset.rules[rule_id]


def test_a_line_waits_for_its_time_and_is_told_once(pipeline: Pipeline) -> None:
    tally = pipeline.file(polled("a", entry(MAY, outlet="One", name="x")), NOW)
    assert (tally.matches, tally.alerts) == (1, 0)
    pipeline.tell_digest(AT - timedelta(seconds=1))
    assert told(pipeline) == {}
    for later in (timedelta(), timedelta(seconds=1), DAY):
        pipeline.tell_digest(AT + later)
    assert told(pipeline) == {"syria": [ONE_LINE]}
    assert pipeline.store.digests.count() == 0


def test_a_digest_is_delivered_like_any_notice(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry(MAY)), NOW)
    pipeline.tell_digest(AT)
    (leased,) = pipeline.store.outbox.lease_due(AT, HOUR, receivers=["syria", "markets"])
    pipeline.settle(leased, None, AT)
    assert pipeline.store.outbox.depth() == {"sent": 1}


def test_reprints_are_one_line_with_every_outlet(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry(MAY, outlet="One"), entry(GRAIN)), NOW)
    pipeline.file(polled("b", entry(f"{MAY}, ministry says", outlet="Two")), NOW + HOUR)
    assert pipeline.store.digests.count() == 2
    pipeline.tell_digest(AT)
    (text,) = told(pipeline)["syria"]
    assert "(2024-08-23 13:30 UTC): Turkey and Russia may resume joint patrols" in text
    assert "  - One, Two (" in text or "  - Two, One (" in text
    assert text.count("possible: may") == 1


def test_a_copy_of_what_a_digest_told_is_not_told_again(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry(MAY, outlet="One")), NOW)
    pipeline.tell_digest(AT)
    pipeline.file(polled("b", entry(MAY, outlet="Two", name="y")), AT + HOUR)
    assert pipeline.store.digests.count() == 0
    pipeline.tell_digest(AT + DAY)
    assert len(told(pipeline)["syria"]) == 1
    lines = pipeline.store.digests.of(1)
    assert lines is not None
    assert [one.outlets for one in lines] == [("One", "Two")]


def test_nothing_to_tell_is_no_notice_and_the_next_line_waits_for_the_next_time(pipeline: Pipeline) -> None:
    pipeline.tell_digest(AT)
    pipeline.file(polled("a", entry(MAY)), AT + HOUR)
    pipeline.tell_digest(AT + HOUR)
    assert told(pipeline) == {}
    pipeline.tell_digest(AT + DAY)
    assert len(told(pipeline)["syria"]) == 1


def test_a_daemon_that_was_down_at_the_time_sends_it_at_its_next_start_once(desk: Path, tmp_path: Path) -> None:
    with hedging(desk, tmp_path / "s.db") as pipeline:
        pipeline.tell_digest(NOW)
        pipeline.file(polled("a", entry(MAY)), NOW)
    for later in (AT + 5 * DAY + HOUR, AT + 5 * DAY + 2 * HOUR):
        with hedging(desk, tmp_path / "s.db", later) as pipeline:
            pipeline.tell_digest(later)
            assert len(told(pipeline)["syria"]) == 1


def test_a_clock_that_is_set_back_keeps_no_digest_waiting(pipeline: Pipeline) -> None:
    pipeline.tell_digest(NOW + 400 * DAY)
    pipeline.file(polled("a", entry(MAY)), NOW)
    pipeline.tell_digest(NOW)
    assert told(pipeline) == {}
    pipeline.tell_digest(AT)
    assert len(told(pipeline)["syria"]) == 1


def test_each_receiver_is_told_only_what_concerns_it(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry(MAY), entry(GRAIN)), NOW)
    pipeline.tell_digest(AT)
    texts = told(pipeline)
    assert set(texts) == {"syria", "markets"}
    assert MAY in texts["syria"][0]
    assert GRAIN not in texts["syria"][0]
    assert "1 line: Grain 1" in texts["markets"][0]


def test_receivers_of_digests_take_all_and_those_of_a_rule_go_first(desk: Path, tmp_path: Path) -> None:
    own = replace(rule(desk), telling=Telling(receivers=("markets",)))
    config = (desk / "wirewatch.yaml").read_text(encoding="utf-8")
    (desk / "wirewatch.yaml").write_text(config.replace("digest: {", "digest: {receivers: [duty], "), encoding="utf-8")
    with hedging(desk, tmp_path / "s.db", rules={"joint-patrol": own}) as pipeline:
        pipeline.tell_digest(NOW)
        pipeline.file(polled("a", entry(MAY), entry(GRAIN)), NOW)
        pipeline.tell_digest(AT)
        texts = told(pipeline)
        assert set(texts) == {"markets", "duty a@example.org", "duty b@example.org"}
        assert MAY in texts["markets"][0]
        assert MAY not in texts["duty a@example.org"][0]
        assert texts["duty a@example.org"] == texts["duty b@example.org"]


def test_lines_of_a_rule_that_left_the_desk_are_told_to_everybody(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry(GRAIN)), NOW)
    without(pipeline, "grain")
    pipeline.tell_digest(AT)
    assert set(told(pipeline)) == {"syria", "markets", "duty a@example.org", "duty b@example.org"}


def test_lines_of_a_rule_that_was_renamed_go_where_its_lines_go_now(desk: Path, tmp_path: Path) -> None:
    with hedging(desk, tmp_path / "s.db") as pipeline:
        pipeline.tell_digest(NOW)
        pipeline.file(polled("a", entry(GRAIN)), NOW)
    renamed = replace(rule(desk, "grain"), id="grain-exports", title="Grain exports", formerly=("grain",))
    with hedging(desk, tmp_path / "s.db", AT, rules={"grain-exports": renamed}) as pipeline:
        without(pipeline, "grain")
        pipeline.tell_digest(AT)
        assert set(told(pipeline)) == {"markets"}
        assert "Grain exports (grain)" in told(pipeline)["markets"][0]


def test_what_a_rule_listed_under_its_old_id_is_not_listed_again_under_the_new_one(desk: Path, tmp_path: Path) -> None:
    with hedging(desk, tmp_path / "s.db") as pipeline:
        pipeline.file(polled("a", entry(GRAIN, name="x")), NOW)
    renamed = replace(rule(desk, "grain"), id="grain-exports", formerly=("grain",))
    with hedging(desk, tmp_path / "s.db", NOW + HOUR, rules={"grain-exports": renamed}) as pipeline:
        without(pipeline, "grain")
        pipeline.file(polled("a", entry(f"{GRAIN}, traders say", name="x")), NOW + HOUR)
        assert [reason for _, reason, _ in ledger(pipeline)][1:] == ["revision of an entry in the digest"]
        assert pipeline.store.digests.count() == 1


def test_an_entry_of_the_digest_that_then_says_it_happened_rings_and_the_line_says_what_it_said(
    pipeline: Pipeline,
) -> None:
    pipeline.file(polled("a", entry(MAY, name="x")), NOW)
    assert pipeline.file(polled("a", entry(RESUMED, name="x")), NOW + HOUR).alerts == 1
    assert [outcome for outcome, *_ in ledger(pipeline)] == ["digest", "alerted"]
    pipeline.tell_digest(AT)
    assert MAY in told(pipeline)["syria"][0]


def test_an_entry_told_again_in_the_same_way_comes_into_the_digest_once(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry(MAY, name="x")), NOW)
    pipeline.file(polled("a", entry(f"{MAY}, ministry says", name="x")), NOW + HOUR)
    assert ledger(pipeline)[1] == ("digest", "revision of an entry in the digest", "possible: may")
    assert pipeline.store.digests.count() == 1


def test_an_entry_told_again_in_the_same_way_long_after_its_story_makes_no_line(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry(MAY, name="x")), NOW)
    pipeline.file(polled("a", entry(f"{MAY}, ministry says", name="x")), NOW + 9 * DAY)
    assert ledger(pipeline)[1][1] == "revision of an entry in the digest"


def test_a_denial_is_not_folded_into_the_alert_it_denies(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry(RESUMED)), NOW)
    pipeline.file(polled("b", entry(DENIED)), NOW + HOUR)
    # Who heard that they resumed hears that it is denied: the rule would send a denial of its own to the digest.
    assert [line[0] for line in ledger(pipeline)] == ["alerted", "alerted"]
    assert [len(pipeline.store.alerts.reports(number)) for number in (1, 2)] == [1, 1]


def test_old_news_makes_no_line_and_rings_once_it_happens(tmp_path: Path) -> None:
    config = f"{CONFIG}{DIGEST}    polling: {{baseline: true}}\n"
    desk = write_desk(tmp_path / "desk", FEEDS, rules=RULES, config=config)
    with hedging(desk, tmp_path / "s.db") as pipeline:
        first = Polled(due=due("a", succeeded=False), result=polled("a", entry(MAY, name="x")).result)
        pipeline.file(first, NOW)
        pipeline.file(polled("a", entry(f"{MAY} soon", name="x")), NOW + HOUR)
        assert [line[:2] for line in ledger(pipeline)] == [("dropped", "the feed showed it at its first poll")] * 2
        assert pipeline.file(polled("a", entry(RESUMED, name="x")), NOW + 2 * HOUR).alerts == 1


@pytest.mark.parametrize("status", [Status.SHADOW, Status.MUTED])
def test_a_rule_that_is_quiet_leaves_a_ledger_and_nothing_else(desk: Path, tmp_path: Path, status: Status) -> None:
    quiet = replace(rule(desk), status=status)
    with hedging(desk, tmp_path / "s.db", rules={"joint-patrol": quiet}) as pipeline:
        pipeline.tell_digest(NOW)
        pipeline.file(polled("a", entry(RESUMED), entry(MAY)), NOW)
        pipeline.tell_digest(AT)
        assert {outcome for outcome, *_ in ledger(pipeline)} == {"dropped"}
        assert {detail.split(":")[0] for *_, detail in ledger(pipeline)} == {"else alerted", "else digest"}
        assert pipeline.store.outbox.depth() == {}


def test_a_rules_own_receivers_and_cooldown_go_before_routes_and_settings(desk: Path, tmp_path: Path) -> None:
    own = replace(rule(desk), telling=Telling(receivers=("markets",), cooldown=timedelta(minutes=30)))
    with hedging(desk, tmp_path / "s.db", rules={"joint-patrol": own}) as pipeline:
        pipeline.file(polled("a", entry("Turkey and Russia hold joint patrol")), NOW)
        again = entry("New joint patrol by Russia and Turkey reported near the border today")
        assert pipeline.file(polled("b", again), NOW + HOUR).alerts == 1
        assert {row["receiver"] for row in pipeline.store.outbox.all(10)} == {"markets"}


def test_a_cooldown_longer_than_a_story_folds_for_as_long_as_it_says(desk: Path, tmp_path: Path) -> None:
    own = replace(rule(desk), telling=Telling(cooldown=10 * DAY))
    with hedging(desk, tmp_path / "s.db", rules={"joint-patrol": own}) as pipeline:
        pipeline.file(polled("a", entry("Turkey and Russia hold joint patrol")), NOW)
        again = entry("New joint patrol by Russia and Turkey reported near the border today")
        assert pipeline.file(polled("b", again), NOW + 9 * DAY).alerts == 0
        assert [outcome for outcome, *_ in ledger(pipeline)] == ["alerted", "folded"]


def test_the_digest_of_each_receiver_has_a_name_of_its_own_for_mail_systems(pipeline: Pipeline) -> None:
    pipeline.file(polled("a", entry(GRAIN)), NOW)
    without(pipeline, "grain")
    pipeline.tell_digest(AT)
    rows = pipeline.store._connection.rows("SELECT receiver, payload FROM deliveries WHERE medium = 'email'")
    assert {json.loads(row["payload"])["reference"] for row in rows} == {
        f"wirewatch.{pipeline.store.id}.digest.1.duty",
    }


titles = st.sampled_from((MAY, RESUMED, GRAIN, "Grain leaves Odesa", "Turkey and Russia suspend joint patrols",
                          "Russia, Turkey resume joint patrols near Kobani",
                          "Russia, Turkey may resume joint patrols near Kobani"))  # fmt: skip
streams = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), titles), max_size=12)


@given(stream=streams)
@settings(deadline=None, max_examples=15)
def test_the_digest_hides_no_alert(stream: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = write_desk(Path(folder) / "desk", FEEDS, rules=RULES, config=CONFIG + DIGEST)
        found = []
        for deaf in (False, True):
            with hedging(desk, Path(folder) / f"{deaf}.db", deaf=deaf) as pipeline:
                for hours, (feed, name, title) in enumerate(stream):
                    pipeline.file(polled(feed, entry(title, name=name)), NOW + hours * HOUR)
                    pipeline.tell_digest(NOW + hours * HOUR)
                rows = pipeline.store._connection.rows(
                    "SELECT entry_id, revision, rule_id, outcome, reason, alert_id FROM matches ORDER BY id"
                )
                found.append([row for row in rows if row["outcome"] != "digest"])
        assert found[0] == found[1]
