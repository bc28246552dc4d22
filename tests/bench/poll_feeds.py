"""The bench's feeds: RSS and Atom in six languages, about 40 entries and 49 KB each, the same for the same seed.

One entry in seven is a dispatch that other feeds carry, too; one in five hundred is what the shipped desk watches for.
Dates count back from the time given, so that no feed looks abandoned.
"""

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from tests.bench.poll_words import TONGUES, Tongue

_LANGUAGES = ("en", "en", "en", "tr", "tr", "ru", "ar", "de", "fr")
_DISPATCHES = 400
# Letters of two bytes fill 49 KB with less.
_PARAGRAPHS = {"ru": 2, "ar": 4}
# A file's time decides on nginx's ETag and Last-Modified: each change moves it by whole seconds.
_EPOCH = 1_700_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What an entry says."""

    title: str
    summary: str
    paragraphs: tuple[str, ...]


class Wire:
    """A folder of feeds that publish when they are told to."""

    def __init__(self, folder: Path, feeds: int, seed: int, now: datetime) -> None:
        self.folder = folder
        self._seed, self._now = seed, now
        self._published = [self._random("length", feed).randint(30, 50) for feed in range(feeds)]
        self._held = tuple(self._published)
        self._changes = [0] * feeds
        folder.mkdir(parents=True, exist_ok=True)
        for feed in range(feeds):
            self._write(feed)

    @property
    def entries(self) -> int:
        """How many entries were published until now."""
        return sum(self._published)

    @property
    def bytes(self) -> int:
        """The size of all feeds together."""
        return sum((self.folder / name_of(feed)).stat().st_size for feed in range(len(self._published)))

    def publish(self, share: float, turn: int) -> int:
        """One new entry in this share of the feeds, other ones at each turn; returns how many."""
        chosen = self._random("turn", turn).sample(range(len(self._published)), int(len(self._published) * share))
        for feed in chosen:
            self._published[feed] += 1
            self._changes[feed] += 1
            self._write(feed)
        return len(chosen)

    def language(self, feed: int) -> str:
        """What a feed writes in."""
        return _LANGUAGES[feed % len(_LANGUAGES)]

    def _write(self, feed: int) -> None:
        path = self.folder / name_of(feed)
        path.write_text(self._document(feed), encoding="utf-8")
        changed = _EPOCH + feed + 60 * self._changes[feed]
        os.utime(path, (changed, changed))

    def _document(self, feed: int) -> str:
        newest = self._published[feed]
        numbers = range(newest, newest - self._held[feed], -1)
        entries = [(number, self._text(feed, number), self._date(feed, number)) for number in numbers]
        language = self.language(feed)
        return _atom(feed, language, entries) if feed % 5 in {1, 3} else _rss(feed, language, entries)

    def _date(self, feed: int, number: int) -> datetime:
        back = (self._held[feed] - number) * (20 + feed % 90)
        return min(self._now, self._now - timedelta(minutes=back))

    def _text(self, feed: int, number: int) -> Text:
        language, chance = self.language(feed), self._random("entry", feed, number)
        if chance.random() < 1 / 7:
            chance = self._random("dispatch", language, chance.randrange(_DISPATCHES))
        return _written(TONGUES[language], chance, _PARAGRAPHS.get(language, 5))

    def _random(self, *what: object) -> random.Random:
        return random.Random(f"{self._seed} {what}")


def name_of(feed: int) -> str:
    """The file of a feed."""
    return f"feed-{feed:05}.xml"


def _written(tongue: Tongue, chance: random.Random, paragraphs: int) -> Text:
    headline = chance.choice(tongue.watched if chance.random() < 1 / 500 else tongue.headlines)
    title = _filled(headline, tongue, chance)
    summary = " ".join(_sentences(tongue, chance, 2))
    body = tuple(" ".join(_sentences(tongue, chance, chance.randint(1, 2))) for _ in range(paragraphs))
    return Text(title=title[0].upper() + title[1:], summary=summary, paragraphs=body)


def _sentences(tongue: Tongue, chance: random.Random, count: int) -> Iterator[str]:
    for sentence in chance.sample(tongue.sentences, count):
        filled = _filled(sentence, tongue, chance)
        yield filled[0].upper() + filled[1:]


def _filled(text: str, tongue: Tongue, chance: random.Random) -> str:
    return text.format(
        who=chance.choice(tongue.who),
        act=chance.choice(tongue.act),
        what=chance.choice(tongue.what),
        place=chance.choice(tongue.place),
        name=f"{_invented(tongue, chance)} {_invented(tongue, chance)}",
        town=_invented(tongue, chance),
        n=chance.randint(2, 900),
    )


def _invented(tongue: Tongue, chance: random.Random) -> str:
    return "".join(chance.choices(tongue.syllables, k=chance.randint(2, 3))).capitalize()


def _rss(feed: int, language: str, entries: Sequence[tuple[int, Text, datetime]]) -> str:
    items = "".join(_item(feed, number, text, at) for number, text, at in entries)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>Bench {feed}</title>
<link>https://outlet-{feed}.example/</link>
<description>News of the bench, number {feed}</description>
<language>{language}</language>
<atom:link href="https://outlet-{feed}.example/rss.xml" rel="self" type="application/rss+xml"/>
{items}</channel>
</rss>
"""


def _item(feed: int, number: int, text: Text, at: datetime) -> str:
    link = f"https://outlet-{feed}.example/news/{at:%Y/%m/%d}/{number}?utm_source=rss&amp;utm_medium=feed"
    permanent = "true" if feed % 2 else "false"
    guid = link if feed % 2 else f"outlet-{feed}-{number}"
    return f"""<item>
<title>{escape(text.title)}</title>
<link>{link}</link>
<guid isPermaLink="{permanent}">{guid}</guid>
<pubDate>{format_datetime(at)}</pubDate>
<dc:creator><![CDATA[Desk {number % 7}]]></dc:creator>
<category><![CDATA[World]]></category>
<description><![CDATA[<p>{escape(text.summary)}</p>]]></description>
<content:encoded><![CDATA[{_html(feed, number, text)}]]></content:encoded>
</item>
"""


def _atom(feed: int, language: str, entries: Sequence[tuple[int, Text, datetime]]) -> str:
    listed = "".join(_entry(feed, number, text, at) for number, text, at in entries)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">
<title>Bench {feed}</title>
<id>tag:outlet-{feed}.example,2020:feed</id>
<link rel="alternate" type="text/html" href="https://outlet-{feed}.example/"/>
<link rel="self" href="https://outlet-{feed}.example/atom.xml"/>
<updated>{entries[0][2].isoformat()}</updated>
{listed}</feed>
"""


def _entry(feed: int, number: int, text: Text, at: datetime) -> str:
    return f"""<entry>
<title>{escape(text.title)}</title>
<id>tag:outlet-{feed}.example,2020:{number}</id>
<link rel="alternate" type="text/html" href="https://outlet-{feed}.example/{number}.html"/>
<published>{at.isoformat()}</published>
<updated>{at.isoformat()}</updated>
<author><name>Desk {number % 7}</name></author>
<category term="world"/>
<summary type="html">{escape(f"<p>{escape(text.summary)}</p>")}</summary>
<content type="html">{escape(_html(feed, number, text))}</content>
</entry>
"""


def _html(feed: int, number: int, text: Text) -> str:
    paragraphs = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in text.paragraphs)
    return f'{paragraphs}<p><a href="https://outlet-{feed}.example/more/{number}">…</a></p>'
