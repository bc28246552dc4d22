"""How long does a year of one rule's matches take, through the whole pipeline on its own clock?

    python -m tests.bench.bench_year [MATCHES_A_DAY]

A status rule, a rule with numbers and escalations: each hears so many reports a day for a year, in four languages, by
forty outlets of which half reprint others, one in thirty of a new development. Prints the seconds (the goal is a minute
for twenty a day), the matches a second, and how many rows were kept, by table.
"""

import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import app as composition
from monitor.app import Places
from monitor.core.entry import ParsedEntry
from monitor.core.feed import Feed
from monitor.store import Store
from tests.support import chronology
from tests.support.chronology import Report

YEAR = timedelta(days=365)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
SAID = {
    "ypg-status": [
        ("en", "SDF and Damascus {verb} deal to integrate forces, {who} says", ["sign", "reach", "announce"]),
        ("tr", "SDG ile Şam entegrasyon için {verb}: {who}", ["anlaşma imzaladı", "anlaştı", "anlaşmaya vardı"]),
        ("ru", "СДС и Дамаск {verb} соглашение об интеграции, {who}", ["подписали", "заключили"]),
        ("ar", "قسد ودمشق {verb} اتفاقا لدمج القوات {who}", ["توقعان", "وقعتا"]),
    ],
    "turkey-russia-joint-patrol": [
        ("en", "Turkish and Russian forces {verb} {n}th joint patrol near {who}", ["hold", "conduct", "complete"]),
        ("tr", "Türk ve Rus askerleri {who} yakınında {n}'inci ortak devriyeyi {verb}", ["yaptı", "icra etti"]),
        ("ru", "Россия и Турция {verb} {n}-е совместное патрулирование у {who}", ["провели", "завершили"]),
        ("ar", "تسيير الدورية الروسية التركية المشتركة الـ {n} في {who} {verb}", ["اليوم", "أمس"]),
    ],
}
WHO = ["official", "Kobani", "Darbasiyah", "a source", "Amuda", "ministry", "Qamishli", "the monitor", "Hasakah"]


def year(rule: str, a_day: int) -> list[Report]:
    """A year of reports that the rule matches."""
    chance = random.Random(rule)
    found = []
    for number in range(365 * a_day):
        language, text, verbs = chance.choice(SAID[rule])
        outlet = f"outlet-{language}-{chance.randrange(10)}"
        at = BEGIN + YEAR * (number / (365 * a_day))
        title = text.format(verb=chance.choice(verbs), who=chance.choice(WHO), n=100 + number // (a_day * 4))
        feed = Feed(id=outlet, url=f"https://{outlet}.example/", host=outlet, title=outlet, language=language,
                    country="", tier=2, owner=f"owner {chance.randrange(20)}", kind="press")  # fmt: skip
        lead = f"{title}, {chance.choice(WHO)} told {chance.choice(['Reuters', 'AFP', 'reporters'])} on day {number}."
        entry = ParsedEntry(id=str(number), link=f"https://{outlet}.example/{number}", title=title, summary=lead,
                            published_at=at)  # fmt: skip
        found.append(Report(id=str(number), at=at, arrives=at, feed=feed, entry=entry, about={}))
    feeds = {one.feed.id: one.feed for one in found}
    return [Report(id=one.id, at=one.at, arrives=one.arrives, feed=feeds[one.feed.id], entry=one.entry, about={})
            for one in found]  # fmt: skip


def main(a_day: int) -> None:
    """Each rule by itself, on a store of its own."""
    app = composition.load(Places(desk=Path("rules"), config=None, store=None))
    for rule in SAID:
        reports, matcher = year(rule, a_day), app.matcher.alone(rule)
        with tempfile.TemporaryDirectory() as folder:
            path, begin = Path(folder) / "store.db", time.monotonic()
            chronology.go_on(app, reports, path, matcher)
            seconds = time.monotonic() - begin
            store = Store.read(path)
            rows = {name: store._connection.rows(f"SELECT COUNT(*) AS n FROM {name}")[0]["n"] for name in (  # noqa: S608 - the names below
                "matches", "alerts", "tracker_changes", "tracker_evidence", "tracker_sentences", "figures",
                "alert_updates",
            )}  # fmt: skip
            store.close()
        kept = ", ".join(f"{count:,} {name}" for name, count in rows.items())
        print(f"{rule}: {len(reports):,} reports in {seconds:.1f} s, {len(reports) / seconds:,.0f}/s; kept: {kept}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
