"""Every feed of the collections: nothing raises but ParseError, and no entry is lost that feedparser finds.

The collections belong to their publishers and are read in place.
"""

import io
import os
import tarfile
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import feedparser
import pytest

from monitor.core.entry import fingerprint, identities
from monitor.errors import ParseError
from monitor.feeds.encoding import settle
from monitor.feeds.parse import ParsedFeed, Source, parse

FEEDS = Path(os.environ.get("WIREWATCH_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data") / "feeds"
# All of them take several minutes; WIREWATCH_ALL_FEEDS=1 reads all.
EVERY = 1 if os.environ.get("WIREWATCH_ALL_FEEDS") else 6
# What takes feedparser long has tests of its own.
LARGEST = 400_000

pytestmark = pytest.mark.skipif(not FEEDS.is_dir(), reason=f"{FEEDS} is not on this machine")


def bodies(archive: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(FEEDS / archive) as tar:
        for number, member in enumerate(one for one in tar if one.isfile() and one.size <= LARGEST):
            file = tar.extractfile(member) if number % EVERY == 0 else None
            if file is not None:
                yield member.name, file.read()


def parsed(body: bytes) -> ParsedFeed | None:
    settled = settle(body, "", language="", encoding="")
    try:
        return parse(Source(url="https://n.example/feed", body=settled.body, content_type=settled.content_type))
    except ParseError:
        return None


def found_by_feedparser(body: bytes) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return len(feedparser.parse(io.BytesIO(body)).entries) if body else 0


@pytest.mark.parametrize("archive", ["real.tar.gz", "synthetic.tar.gz"])
def test_no_entry_is_lost_but_empty_ones_and_half_ones(archive: str) -> None:
    lost = {}
    for name, body in bodies(archive):
        feed, theirs = parsed(body), found_by_feedparser(body)
        ours = len(feed.entries) + feed.skipped + feed.cut if feed else 0
        if ours < theirs:
            lost[name] = (ours, theirs)
        for entry, identity in zip(feed.entries, identities(feed.entries, feed.link), strict=True) if feed else ():
            assert identity
            assert fingerprint(entry)
            assert all(text.encode().decode() == text for text in asdict(entry).values() if isinstance(text, str))
    assert lost == {}
