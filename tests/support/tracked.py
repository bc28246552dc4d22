"""A desk with a status rule, and what its trackers make of reports that come at any time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

from monitor.core.entry import ParsedEntry
from monitor.pipeline import Pipeline
from monitor.polls import Tally
from tests.support.desk import write_desk
from tests.support.stage import pipeline_on, polled

DECEMBER = datetime(2025, 12, 10, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GAZETTEER = """
    languages: [en, tr, ru, ar]
    entities:
      sdf: {kind: armed_group, aliases: {name: {en: [SDF], tr: [SDG], ru: [СДС], ar: [قسد]}}}
      damascus:
        kind: state
        aliases: {name: {en: [Syria]}, metonym: {en: [Damascus], tr: [Şam], ru: [Дамаск], ar: [دمشق]}}
      turkey: {kind: state, aliases: {name: {en: [Turkey], tr: [Türkiye]}}}
      afp: {kind: agency, aliases: {name: {en: [AFP]}}}
    groups:
      both_sides: [sdf, damascus]
      ankara_side: [turkey]
"""
LEXICON = """
    topics:
      deal: {en: [deal, agreement], tr: [anlaşma*], ru: [соглашение], ar: [اتفاق]}
    actions:
      sign: {en: [sign, signs, signed], tr: [imzala*], ru: [подписал*], ar: [وقعت, وقعتا]}
      scrap: {en: [scrap, scraps, scrapped]}
      dissolve: {en: [dissolve, dissolves, dissolved, dissolution]}
      delist: {en: [delist, delists, delisted]}
    modality:
      negated: {en: ["no", not, never]}
      denied: {en: [denied, denies]}
      possible: {en: [may, could, if]}
      planned: {en: [will, to sign]}
      demanded: {en: [must, calls on]}
"""
RULE = """
    rules:
    - id: sdf-status
      type: status
      title: Status of the SDF
      owner: syria-desk
      severity: critical
      entity: $sdf
      facets:
        integration:
          states: [none, agreed, ended]
          authority: [$both_sides]
          to:
            agreed: $sdf and ($act.sign near/8 $topic.deal)
            ended: {match: $sdf and ($act.scrap near/8 $topic.deal)}
        itself:
          states: [active, dissolved]
          to:
            dissolved: $sdf and $act.dissolve
        listing:
          states: [terrorist, delisted]
          authority: [$ankara_side]
          to: {delisted: $sdf and $act.delist}
      change:
        quorum: {independent: 2, within: 72h}
        hold: 0s
      tests:
      - {text: "SDF and Damascus signed a deal", expect: match}
      - {text: "SDF and Damascus may have signed a deal", expect: digest}
      - {text: "SDF chief meets officials in Damascus", expect: no-match}
"""
FEEDS = """
    feeds:
    - {id: one, url: 'https://one.example/', title: One, owner: House One, tier: 2}
    - {id: two, url: 'https://two.example/', title: Two, owner: House Two, tier: 2}
    - {id: three, url: 'https://three.example/', title: Three, owner: House Three, tier: 3}
    - {id: blog, url: 'https://blog.example/', title: Blog, owner: A Blogger, tier: 4}
    - {id: sdf-press, url: 'https://sdf.example/', title: SDF Press, owner: SDF, tier: 1, speaks_for: [sdf]}
    - {id: ankara, url: 'https://mfa.example/', title: Ankara MFA, owner: Turkey, tier: 1, speaks_for: [turkey]}
    - {id: tr, url: 'https://tr.example/', title: Haber, owner: Haber, language: tr}
    - {id: ru, url: 'https://ru.example/', title: Vesti, owner: Vesti, language: ru}
    - {id: ar, url: 'https://ar.example/', title: Akhbar, owner: Akhbar, language: ar}
"""
# Two reporters on one deal, neither of whom copied the other.
SIGNED = "SDF and Damascus signed a deal on the army"
SIGNED_TOO = "After long talks in Damascus the SDF signed an agreement"
SCRAPPED = "SDF scraps its deal with Damascus"
SCRAPPED_TOO = "Agreement with Damascus is scrapped, SDF says after clashes"
DENIED = "Damascus denies that it signed a deal with SDF"


def tracked_desk(folder: Path, rule: str = RULE, **changes: str) -> Path:
    """The desk, with lines of its rule replaced: `hold="hold: 2h"` is for the first one that begins with `hold:`."""
    lines = dedent(rule).splitlines()
    for key, line in changes.items():
        at = next(number for number, one in enumerate(lines) if one.strip().startswith(f"{key}:"))
        indent = len(lines[at]) - len(lines[at].lstrip())
        lines[at : at + 1] = [f"{' ' * indent}{part}" for part in line.splitlines()]
    write_desk(folder, {"one": "https://one.example/"}, rules="\n".join(lines) + "\n")
    for name, text in (("gazetteer/desk.yaml", GAZETTEER), ("lexicon/desk.yaml", LEXICON), ("feeds.yaml", FEEDS)):
        (folder / name).write_text(dedent(text), encoding="utf-8")
    return folder


@dataclass
class Desk:
    """A pipeline on the desk, and a clock that goes as it is told."""

    folder: Path
    store: Path
    pipeline: Pipeline
    now: datetime = DECEMBER
    number: int = 0

    def hear(
        self, feed: str, title: str, summary: str = "", *, at: datetime | None = None, name: str = "", wait: float = 0
    ) -> Tally:
        """A report comes in after so many hours, of now unless it is dated otherwise."""
        self.number += 1
        self.now += wait * HOUR
        name = name or f"{feed}-{self.now:%H%M%S%f}-{self.number}"
        one = ParsedEntry(
            id=name, link=f"https://{feed}.example/{name}", title=title, summary=summary, published_at=at or self.now
        )
        tally = self.pipeline.file(polled(feed, one), self.now)
        assert tally.bugs == 0
        return tally

    def wait(self, hours: float) -> int:
        """The clock goes on, and is looked at once; how many alerts that brought."""
        self.now += hours * HOUR
        return self.pipeline.tick(self.now).alerts

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What the store has."""
        return [tuple(row.values()) for row in self.pipeline.store._connection.rows(query, parameters)]

    @property
    def alerts(self) -> list[tuple[str, str]]:
        """Severity and label of each, in their order."""
        return self.rows("SELECT severity, label FROM alerts ORDER BY id")

    @property
    def ledger(self) -> list[tuple[str, str, str]]:
        """What became of each match: outcome, reason, detail."""
        return self.rows("SELECT outcome, reason, detail FROM matches ORDER BY id")

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [row[:2] for row in self.ledger]

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        return self.rows("SELECT from_state, to_state, kind FROM tracker_changes ORDER BY at, id")


@contextmanager
def tracked(folder: Path, store: Path, now: datetime = DECEMBER) -> Iterator[Desk]:
    """A pipeline at work on the desk."""
    with pipeline_on(folder, store, now) as pipeline:
        yield Desk(folder, store, pipeline, now)
