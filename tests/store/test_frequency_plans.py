"""What rules on how often ask of the store, at every match and every second, is covered by an index."""

import re
from pathlib import Path

from tests.store.test_query_plans import HARMLESS
from tests.support.often import DAY, HOUR, MINUTE, file, report, rule, told, watched
from tests.support.stage import NOW

SPIKE = "spike: {window: 6h, against: 14d, ratio: 4, min: 3, by: place}"
RULES = (
    rule("attack", "attack", SPIKE),
    rule("raid", "raid", "absence: {expect_every: 1d}", "assert: {possible: alert}"),
    rule("siege", "siege", "assert: {done: digest, possible: digest}"),
    "- {id: wave, type: event_count, owner: me, rules: [attack, siege], timespan: 9h, by: place, condition: {gte: 2}}",
    "- {id: answer, type: temporal_ordered, owner: desk, rules: [attack, raid], timespan: 24h}",
)


def test_no_match_and_no_second_reads_a_table_through(tmp_path: Path) -> None:
    with watched(tmp_path, *RULES, since=NOW - 20 * DAY) as pipeline:
        connection, seen = pipeline.store._connection.database.conn, set[str]()
        connection.set_trace_callback(seen.add)
        file(pipeline, NOW, *(report(n, NOW - n * MINUTE, where="Kobani") for n in range(4)))
        later = NOW + HOUR
        file(pipeline, later, report(9, later, "Raid"), report(10, later, "Siege", "Kobani"))
        for at in (later, later + 2 * DAY):
            file(pipeline, at)
            pipeline.tick(at)
        file(pipeline, later + 2 * DAY, report(11, later + 2 * DAY, "Raid"))
        connection.set_trace_callback(None)
        assert [len(told(pipeline, *one)) for one in (("attack", "SPIKE"), ("wave", "kobani"), ("answer",))] == [
            1,
            1,
            1,
        ]
        queries = [
            one
            for one in seen
            if re.match(r"\s*(SELECT|UPDATE|INSERT|DELETE)", one) and not re.search("tracker|'held'", one)
        ]
        plans = {one: [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")] for one in queries}

    scans = {one: [step for step in plan if "SCAN" in step and not HARMLESS.match(step)] for one, plan in plans.items()}
    assert {one: steps for one, steps in scans.items() if steps} == {}
    dated = [step for one, plan in plans.items() if "dated_at >" in one for step in plan if "matches_dated" in step]
    assert any("dated_at>?" in step for step in dated)
