"""What reading a feed costs, against feedparser with its default options on the same bodies in the same run.

    python -m tests.bench.bench_parse [--real]

On generated feeds of 40 entries; with --real also on the collected ones, where some have to be read whole each time.
Counts processor time on both sides: ours with the digest, the encoding, the split, the pipe to the parsing process and
back, and that process. The figures of a busy machine vary; the ratios hardly do.
"""

import html
import io
import json
import os
import random
import sys
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import feedparser

from monitor.core.feed import Seen, Validators
from monitor.errors import ParseError
from monitor.feeds.fetch import Fetched
from monitor.feeds.reading import Reader, Reading
from monitor.feeds.split import only, split
from monitor.feeds.worker import Worker

REAL = (
    Path(os.environ.get("WIREWATCH_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
    / "feeds"
    / "real.tar.gz"
)
ENTRIES = 40
ROUNDS = 25
WORDS = {
    "en": "talks ceasefire minister border said on Sunday officials joint patrol agreement village forces under the",
    "tr": "görüşme ateşkes bakan sınır açıkladı pazar günü yetkililer ortak devriye anlaşma köy güçleri yeni için",
    "ru": "переговоры перемирие министр граница заявил воскресенье чиновники совместный патруль соглашение село",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A poll of a feed: what was read before it, and what arrives."""

    name: str
    before: bytes | None
    body: bytes


def text(chance: random.Random, language: str, size: int) -> str:
    """Sentences of about so many bytes."""
    words = WORDS[language].split()
    said = ""
    while len(said.encode()) < size:
        said += " ".join(chance.choices(words, k=6)).capitalize() + ". "
    return said


def page(chance: random.Random, language: str, number: int, size: int) -> str:
    """Two paragraphs as a newsroom's system writes them."""
    link = f'<a href="https://wire.example/topics/{number % 9}" rel="tag">{text(chance, language, 20)}</a>'
    image = f'<img src="https://wire.example/i/{number}.jpg" alt="" width="640" height="360" />'
    return f"<p>{image}{text(chance, language, size)}{link}</p><p><strong>{text(chance, language, size)}</strong></p>"


def rss_item(chance: random.Random, language: str, number: int) -> str:
    """Elements as WordPress gives them, in 1.2 kB."""
    topics = "".join(f"<category><![CDATA[{text(chance, language, 10)}]]></category>" for _ in range(2))
    return (
        f"<item><title>{text(chance, language, 60)}</title><link>https://wire.example/world/{number}.html</link>"
        f"<dc:creator><![CDATA[Desk {number % 7}]]></dc:creator>"
        f"<pubDate>Sun, 01 Nov 2026 10:{number % 60:02}:00 +0000</pubDate>{topics}"
        f'<guid isPermaLink="false">https://wire.example/?p={number + 88_000}</guid>'
        f'<media:thumbnail url="https://wire.example/i/{number}.jpg" width="640" height="360"/>'
        f"<description><![CDATA[{text(chance, language, 100)}]]></description>"
        f"<content:encoded><![CDATA[{page(chance, language, number, 40)}]]></content:encoded></item>\n"
    )


def atom_entry(chance: random.Random, language: str, number: int) -> str:
    """Elements as Blogger gives them, in 1.2 kB."""
    topics = "".join(f'<category term="{text(chance, language, 10)}"/>' for _ in range(2))
    return (
        f'<entry><title type="html">{text(chance, language, 60)}</title><id>tag:wire.example,2026:{number}</id>'
        f"<published>2026-11-01T10:{number % 60:02}:00Z</published>"
        f"<updated>2026-11-01T10:{number % 60:02}:30Z</updated>"
        f'{topics}<link rel="alternate" type="text/html" href="https://wire.example/world/{number}.html"/>'
        f"<author><name>Desk {number % 7}</name><uri>https://wire.example/desk/{number % 7}</uri></author>"
        f'<summary type="text">{text(chance, language, 80)}</summary>'
        f'<content type="html">{html.escape(page(chance, language, number, 40))}</content></entry>\n'
    )


def rss(items: list[str], built: int) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:media="http://search.yahoo.com/mrss/"><channel>'
        "<title>Example Wire</title><link>https://wire.example/</link><description>World</description>"
        '<atom:link href="https://wire.example/feed.xml" rel="self" type="application/rss+xml"/>'
        f"<lastBuildDate>Sun, 01 Nov 2026 11:00:{built:02} GMT</lastBuildDate><ttl>15</ttl>\n"
        + "".join(items)
        + "</channel></rss>"
    ).encode()


def atom(items: list[str], built: int) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>Example Wire</title>'
        '<link href="https://wire.example/"/><id>https://wire.example/</id>'
        f"<updated>2026-11-01T11:00:{built:02}Z</updated>\n" + "".join(items) + "</feed>"
    ).encode()


def polls_of_generated_feeds() -> Iterator[Case]:
    for language in WORDS:
        for item, whole in ((rss_item, rss), (atom_entry, atom)):
            chance = random.Random(f"{language} {item.__name__}")
            items = [item(chance, language, number) for number in range(ENTRIES + 1)]
            old, new = whole(items[1:], 1), items[:1]
            yield Case("nothing new", old, whole(items[1:], 2))
            yield Case("same body", old, old)
            yield Case("one new entry", old, whole(new + items[1:-1], 2))
            yield Case("all new", None, old)


def polls_of_real_feeds() -> Iterator[Case]:
    """Their first item is the new one; where items cannot be told apart the poll is of a feed that is read whole."""
    with tarfile.open(REAL) as archive:
        for member in archive:
            found = archive.extractfile(member)
            body = found.read() if found else b""
            parts = split(body)
            positions = range(1, len(parts.digests)) if parts else ()
            old = only(body, parts.spans(), frozenset(positions)) if parts and positions else b""
            yield Case("real: nothing new", body, body + b"\n")
            yield Case("real: one new entry", old, body)
            yield Case("real: all new", None, body)


def fetched(body: bytes) -> Fetched:
    url, kind = "https://wire.example/feed.xml", "application/xml"
    return Fetched(url=url, status=200, body=body, content_type=kind, validators=Validators())


def processor_time(process: int) -> float:
    """Seconds of a running process, to the nanosecond: clock_getcpuclockid(3) by its arithmetic."""
    return time.clock_gettime((~process << 3) | 2)


class Costs:
    """Seconds by name of the case, ours and feedparser's."""

    def __init__(self) -> None:
        self.ours: dict[str, float] = {}
        self.theirs: dict[str, float] = {}
        self.polls: dict[str, int] = {}
        self.extents: dict[str, dict[str, int]] = {}

    def add(self, case: Case, ours: float, theirs: float, extent: str) -> None:
        self.ours[case.name] = self.ours.get(case.name, 0) + ours
        self.theirs[case.name] = self.theirs.get(case.name, 0) + theirs
        self.polls[case.name] = self.polls.get(case.name, 0) + 1
        seen = self.extents.setdefault(case.name, {})
        seen[extent] = seen.get(extent, 0) + 1

    def show(self) -> None:
        print(f"{'':22}{'wirewatch ms':>14}{'feedparser ms':>15}{'cheaper':>9}  parsed")
        for name, polls in self.polls.items():
            ours, theirs = self.ours[name] / polls * 1e3, self.theirs[name] / polls * 1e3
            extents = json.dumps(self.extents[name]).strip("{}").replace('"', "")
            print(f"{name:22}{ours:14.3f}{theirs:15.2f}{theirs / ours:8.1f}x  {extents}")


def measured(work: Callable[[], object], clock: Callable[[], float], rounds: int) -> float:
    """The least of some rounds: what the work takes when nothing else does."""
    least = float("inf")
    for _ in range(rounds):
        start = clock()
        work()
        least = min(least, clock() - start)
    return least


def poll(case: Case, reader: Reader, clock: Callable[[], float], costs: Costs, rounds: int) -> None:
    try:
        seen = Seen() if case.before is None else before(reader, case.before)
        extent = extent_of(reader, case.body, seen)
    except ParseError:
        return
    ours = measured(lambda: reader.read(fetched(case.body), seen, language="", encoding=""), clock, rounds)
    theirs = measured(lambda: feedparser.parse(io.BytesIO(case.body)), time.process_time, rounds)
    costs.add(case, ours, theirs, extent)


def before(reader: Reader, body: bytes) -> Seen:
    reading = reader.read(fetched(body), Seen(), language="", encoding="")
    assert isinstance(reading, Reading)
    return reading.seen


def extent_of(reader: Reader, body: bytes, seen: Seen) -> str:
    reading = reader.read(fetched(body), seen, language="", encoding="")
    return reading.extent.value if isinstance(reading, Reading) else "unaltered"


def main() -> None:
    generated = list(polls_of_generated_feeds())
    sizes = [len(case.body) for case in generated]
    print(f"{ENTRIES} entries, {sum(sizes) // len(sizes):,} bytes on average")
    with Worker(children=1) as worker:
        reader = Reader(worker.parse)
        before(reader, generated[0].body)
        child = worker._idle[0]._process.pid

        def clock() -> float:
            return time.process_time() + processor_time(child)

        measure(generated, reader, clock, ROUNDS)
        if "--real" in sys.argv:
            measure(polls_of_real_feeds(), reader, clock, 3)


def measure(cases: Iterable[Case], reader: Reader, clock: Callable[[], float], rounds: int) -> None:
    costs = Costs()
    for case in cases:
        poll(case, reader, clock, costs, rounds)
    costs.show()


if __name__ == "__main__":
    main()
