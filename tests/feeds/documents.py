"""Documents to read as if they had been fetched, and how a whole parse tells them."""

import os
import random
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from monitor.core.feed import Seen, Validators
from monitor.errors import ParseError
from monitor.feeds.document import ParsedFeed, Source
from monitor.feeds.encoding import settle
from monitor.feeds.fetch import Fetched
from monitor.feeds.parse import parse
from monitor.feeds.partial import parsed
from monitor.feeds.reading import Extent, Reader, Reading, Unaltered
from monitor.feeds.split import split

OWN = Path(__file__).parents[1] / "data"
SHARED = Path(os.environ.get("WIREWATCH_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data") / "feeds"
ADDRESS = "https://wire.example/feeds/world.xml"
# A larger one takes seconds to parse whole, and nothing that smaller ones do not show.
LARGEST = 500_000


def own_documents() -> dict[str, bytes]:
    found = [*OWN.glob("documents/*.xml"), *OWN.glob("feeds/*/feed.*")]
    return {str(path.relative_to(OWN)): path.read_bytes() for path in sorted(found)}


def shared_folder(name: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted((SHARED / name).iterdir()):
        yield path.name, path.read_bytes()


def shared_archive(name: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(SHARED / name) as archive:
        for member in archive:
            if found := archive.extractfile(member):
                yield member.name, found.read()


def fetched(body: bytes, *, url: str = ADDRESS, content_type: str = "application/xml") -> Fetched:
    return Fetched(url=url, status=200, body=body, content_type=content_type, validators=Validators())


def read(body: bytes, seen: Seen, reader: Reader | None = None) -> Reading:
    found = (reader or Reader(parsed)).read(fetched(body), seen, language="", encoding="")
    assert isinstance(found, Reading)
    return found


def is_unaltered(body: bytes, seen: Seen) -> bool:
    return isinstance(Reader(parsed).read(fetched(body), seen, language="", encoding=""), Unaltered)


def whole(body: bytes) -> ParsedFeed:
    settled = settle(body, "application/xml", language="", encoding="")
    return parse(Source(url=ADDRESS, body=settled.body, content_type=settled.content_type))


def differences(name: str, body: bytes, *, thorough: bool = False) -> list[str]:
    """What is read otherwise where some of the entries are known than where the document is read whole.

    Two choices of what is known, the same in every run; thorough are all of them.
    """
    parts = split(settle(body, "application/xml", language="", encoding="").body)
    if parts is None or len(parts.digests) < 2 or len(body) > LARGEST:
        return []
    try:
        expected = whole(body)
    except ParseError:
        return []
    seen, found = read(body, Seen()).seen, []
    for fresh in _all_choices(len(parts.digests)) if thorough else _two_choices(name, len(parts.digests)):
        known = frozenset(digest for at, digest in enumerate(parts.digests) if at not in fresh)
        if difference := _difference(expected, body, replace(seen, body=b"", items=known), parts.digests):
            found.append(f"{name} {fresh}: {difference}")
    return found


def _two_choices(name: str, items: int) -> Iterator[tuple[int, ...]]:
    chance = random.Random(name)  # noqa: S311 - the same entries in every run
    for number in {1, items // 3 or 1}:
        yield tuple(chance.sample(range(items), number))


def _all_choices(items: int) -> Iterator[tuple[int, ...]]:
    for number in range(1, items):
        yield from combinations(range(items), number)


def _difference(expected: ParsedFeed, body: bytes, seen: Seen, digests: tuple[bytes, ...]) -> str:
    reading = read(body, seen)
    if reading.extent is Extent.WHOLE:
        return "" if reading.feed.entries == expected.entries else "another whole"
    if expected.ids_shared:
        return "an identity is judged from a part"
    if len(expected.entries) != len(digests):
        return "" if set(reading.feed.entries) <= set(expected.entries) else "an entry that the whole does not have"
    pairs = zip(digests, expected.entries, strict=True)
    wanted = tuple(entry for digest, entry in pairs if digest not in seen.items)
    return "" if reading.feed.entries == wanted else f"{wanted} is read as {reading.feed.entries}"
