"""A fake wire: feeds over real HTTP, with validators, that a test rewrites as it goes."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from tests.support.http import Answer, HttpServer, Request


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of an RSS feed."""

    title: str
    summary: str = ""
    guid: str = ""
    link: str = ""
    outlet: str = ""
    date: str = "Fri, 23 Aug 2024 13:10:00 GMT"

    def xml(self) -> str:
        number = hashlib.sha256((self.guid or self.link or self.title).encode()).hexdigest()[:8]
        link = self.link or f"https://news.example/{number}"
        source = f"<source url='https://{number}.example/feed'>{escape(self.outlet)}</source>" if self.outlet else ""
        return (
            f"<item><title>{escape(self.title)}</title><link>{escape(link)}</link>"
            f"<guid isPermaLink='false'>{escape(self.guid or link)}</guid><pubDate>{self.date}</pubDate>{source}"
            f"<description>{escape(self.summary)}</description></item>"
        )


def rss(items: list[Item], title: str = "Example Wire") -> bytes:
    """An RSS document."""
    body = "".join(item.xml() for item in items)
    document = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{escape(title)}</title>'
        f"<link>https://news.example/</link><description>{quoteattr(title)}</description>{body}</channel></rss>"
    )
    return document.encode()


class Wire:
    """Feeds by path. Bodies carry an ETag and are answered with 304 when it comes back."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.answers: dict[str, Answer] = {}
        self.server: HttpServer | None = None

    def publish(self, path: str, items: list[Item], title: str = "Example Wire") -> str:
        """Serve these items under a path; the feed's address."""
        self.bodies[path] = rss(items, title)
        return self.url(path)

    def url(self, path: str) -> str:
        assert self.server is not None
        return f"{self.server.url}{path}"

    @property
    def requests(self) -> list[Request]:
        assert self.server is not None
        return self.server.requests

    def respond(self, request: Request) -> Answer:
        if request.path in self.answers:
            return self.answers[request.path]
        body = self.bodies.get(request.path)
        if body is None:
            return Answer(status=404)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(body=body, headers={"ETag": etag, "Content-Type": "application/rss+xml"})


@contextmanager
def wire() -> Iterator[Wire]:
    """A wire for the time of a test."""
    one = Wire()
    one.server = HttpServer(one.respond)
    try:
        yield one
    finally:
        one.server.close()
