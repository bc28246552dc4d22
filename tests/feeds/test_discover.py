"""Sites on loopback, and the feeds that are found there."""

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.feed import Fault
from monitor.errors import FetchError, ParseError
from monitor.feeds import discover
from monitor.feeds.discover import Discovery, Scout
from monitor.feeds.fetch import Fetcher, Limits
from monitor.feeds.guard import Guard
from monitor.feeds.partial import parsed
from monitor.feeds.reading import Reader
from tests.core.reading import NOON
from tests.feeds.asking import AGENT, closed_port, sent_on
from tests.support.http import Answer, HttpServer, Request, http_server
from tests.support.wire import Item, rss

FIRST = Item(title="First report", link="https://news.example/1", date="Fri, 23 Aug 2024 13:10:00 GMT")
SECOND = Item(title="Second report", link="https://news.example/2", date="Thu, 22 Aug 2024 13:10:00 GMT")
ATOM = (
    b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="tr-TR"><title>Haber</title>'
    b"<id>x</id><entry><id>1</id><title>Bir</title></entry></feed>"
)
RDF = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Old</title>'
    b"<dc:language>fr</dc:language></channel><item rdf:about='y'><title>Un</title></item></rdf:RDF>"
)
JSON_FEED = json.dumps({
    "version": "https://jsonfeed.org/version/1.1", "title": "Новости", "language": "ru-RU",
    "items": [{"id": "1", "title": "Раз", "url": "https://news.example/1"}],
}, ensure_ascii=False).encode()  # fmt: skip
SITEMAP = (
    b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    b'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://news.example/1</loc><news:news>'
    b"<news:publication_date>2024-08-23</news:publication_date><news:title>First</news:title></news:news></url></urlset>"
)
LINK = '<link rel="alternate" type="application/rss+xml" title="x" href="{}">'


@dataclass
class Site:
    """A server whose answers a test writes down by path."""

    answers: dict[str, Answer] = field(default_factory=dict)
    server: HttpServer | None = None

    def page(self, path: str, *links: str, anchors: tuple[str, ...] = ()) -> None:
        markup = "".join(LINK.format(link) for link in links) + "".join(f'<a href="{one}">RSS</a>' for one in anchors)
        body = f"<!DOCTYPE html><html><head>{markup}</head>".encode()
        self.answers[path] = Answer(body=body, headers={"Content-Type": "text/html"})

    def feed(self, path: str, body: bytes = rss([FIRST, SECOND])) -> None:
        self.answers[path] = Answer(body=body, headers={"Content-Type": "application/xml"})

    def url(self, path: str = "/") -> str:
        assert self.server is not None
        return f"{self.server.url}{path}"

    @property
    def asked(self) -> list[str]:
        assert self.server is not None
        return [request.path for request in self.server.requests]

    def respond(self, request: Request) -> Answer:
        return self.answers.get(request.path, Answer(status=404))


@pytest.fixture(name="site")
def _site() -> Iterator[Site]:
    one = Site()
    with http_server(one.respond) as server:
        one.server = server
        yield one


def scout(patience: timedelta = discover.PATIENCE) -> Scout:
    """Reads in this process; a server of the test may be asked."""
    limits = Limits(timeout=timedelta(seconds=10), max_bytes=1_000_000)
    guard = Guard(allow=["127.0.0.1"])
    fetcher = Fetcher(user_agent=AGENT, limits=limits, context=ssl.create_default_context(), guard=guard)
    return Scout(fetcher, Reader(parsed), patience)


def found(site: Site, path: str = "/") -> Discovery:
    return scout().discover(site.url(path), NOON)


def paths(site: Site, discovery: Discovery) -> list[str]:
    return [offer.url.removeprefix(site.url("")) for offer in discovery.offers]


# --- one address


def test_a_feed_tells_its_title_language_format_and_newest_entry(site: Site) -> None:
    site.feed("/rss")
    offer = scout().look(site.url("/rss"), NOON)
    assert (offer.title, offer.language, offer.format, offer.entries) == ("Example Wire", "", "RSS", 2)
    assert offer.newest == datetime(2024, 8, 23, 13, 10, tzinfo=UTC)
    assert offer.url == offer.landed == site.url("/rss")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (ATOM, ("Atom", "tr", "Haber", 1)),
        (ATOM.replace(b"?>", b" encoding='utf-16'?>").decode().encode("utf-16"), ("Atom", "tr", "Haber", 1)),
        (rss([FIRST]).replace(b"<channel>", b"<channel><language>AR-sy</language>"), ("RSS", "ar", "Example Wire", 1)),
        (
            rss([FIRST]).replace(b"<channel>", b"<channel><language><![CDATA[ru]]></language>"),
            ("RSS", "ru", "Example Wire", 1),
        ),
        (rss([FIRST]).replace(b"<item>", b"<item><dc:language>de</dc:language>"), ("RSS", "", "Example Wire", 1)),
        (rss([]), ("RSS", "", "Example Wire", 0)),
        (RDF, ("RSS 1.0", "fr", "Old", 1)),
        (JSON_FEED, ("JSON Feed", "ru", "Новости", 1)),
        (SITEMAP, ("news sitemap", "", "", 1)),
    ],
)
def test_every_format_is_told_with_the_language_before_the_first_entry(
    site: Site, body: bytes, expected: tuple[str, str, str, int]
) -> None:
    site.feed("/x", body)
    offer = scout().look(site.url("/x"), NOON)
    assert (offer.format, offer.language, offer.title, offer.entries) == expected


def test_it_is_asked_for_as_by_a_poll(site: Site) -> None:
    site.feed("/rss")
    scout().look(site.url("/rss"), NOON)
    assert site.server is not None
    (request,) = site.server.requests
    assert request.headers["User-Agent"] == AGENT
    assert "If-None-Match" not in request.headers


def test_a_page_in_place_of_a_feed_is_told_with_the_feeds_it_offers(site: Site) -> None:
    site.page("/", "/rss", "/sport.rss")
    with pytest.raises(ParseError) as caught:
        scout().look(site.url(), NOON)
    offers = f"it offers these feeds: {site.url('/rss')}, {site.url('/sport.rss')}; add one of them"
    assert str(caught.value) == f"{site.url()}: this is a page; {offers}"
    assert site.asked == ["/"]


def test_of_many_feeds_on_a_page_five_are_told(site: Site) -> None:
    site.page("/", anchors=tuple(f"/{number}.rss" for number in range(8)))
    with pytest.raises(ParseError, match=r"/4\.rss and 3 more; add one of them"):
        scout().look(site.url(), NOON)


def test_a_page_that_names_no_feed_is_told_with_what_to_try(site: Site) -> None:
    site.page("/")
    with pytest.raises(
        ParseError, match="this is a page; it names no feed; 'wirewatch feeds discover' tries the usual"
    ):
        scout().look(site.url(), NOON)


def test_what_is_neither_feed_nor_page_is_told_as_by_a_poll(site: Site) -> None:
    site.feed("/x", b"{}")
    with pytest.raises(ParseError, match="this is no feed"):
        scout().look(site.url("/x"), NOON)


def test_an_answer_that_says_unchanged_to_a_first_question_is_no_feed(site: Site) -> None:
    site.answers["/x"] = Answer(status=304)
    with pytest.raises(FetchError, match="the server answered 304") as caught:
        scout().look(site.url("/x"), NOON)
    assert caught.value.fault is Fault.REFUSED


def test_a_redirect_that_completes_an_address_gives_the_complete_one(site: Site) -> None:
    site.answers["/feed"] = sent_on("/feed/")
    site.feed("/feed/")
    site.answers["/moved"] = sent_on("/feed/")
    assert scout().look(site.url("/feed"), NOON).url == site.url("/feed/")
    moved = scout().look(site.url("/moved"), NOON)
    assert (moved.url, moved.landed) == (site.url("/moved"), site.url("/feed/"))


# --- a site


def test_the_feeds_that_a_page_declares_are_read_and_then_those_it_links_to(site: Site) -> None:
    site.page("/", "/rss", "/gone.rss", anchors=("/feeds/world", "/feeds/page"))
    site.feed("/rss")
    site.feed("/feeds/world", ATOM)
    site.page("/feeds/page")
    discovery = found(site)
    assert paths(site, discovery) == ["/rss", "/feeds/world"]
    assert [offer.format for offer in discovery.offers] == ["RSS", "Atom"]
    assert [(url.removeprefix(site.url("")), reason) for url, reason in discovery.failed] == [
        ("/gone.rss", "the server answered 404 Not Found; check the address in feeds.yaml"),
        ("/feeds/page", "a page, no feed"),
    ]
    assert site.asked == ["/", "/rss", "/gone.rss", "/feeds/world", "/feeds/page"]


def test_the_usual_places_are_tried_only_where_a_page_names_no_feed(site: Site) -> None:
    site.page("/news/today", "/gone.rss")
    site.feed("/news/rss.xml")
    site.feed("/index.xml", ATOM)
    discovery = found(site, "/news/today")
    assert paths(site, discovery) == ["/news/rss.xml", "/index.xml"]
    assert [url for url, _ in discovery.failed] == [site.url("/gone.rss")]
    asked = [f"{folder}{place}" for folder in ("/news/", "/") for place in discover.USUAL_PLACES]
    assert site.asked == ["/news/today", "/gone.rss", *asked]


def test_a_news_sitemap_of_robots_txt_is_asked_for_at_the_very_last(site: Site) -> None:
    site.page("/")
    lines = "User-agent: *\nSitemap: {0}/pages.xml\n sitemap:{0}/news.xml\nSitemap: {0}/b-news\nSitemap: {0}/c-news\n"
    site.answers["/robots.txt"] = Answer(body=lines.format(site.url("")).encode())
    site.feed("/b-news", SITEMAP)
    discovery = found(site)
    assert [(offer.url, offer.format) for offer in discovery.offers] == [(site.url("/b-news"), "news sitemap")]
    assert site.asked[-3:] == ["/robots.txt", "/news.xml", "/b-news"]


def test_a_site_that_is_a_feed_itself_is_the_one_that_is_found(site: Site) -> None:
    site.feed("/rss")
    assert paths(site, found(site, "/rss")) == ["/rss"]
    assert site.asked == ["/rss"]


def test_a_feed_under_two_addresses_is_found_once(site: Site) -> None:
    site.page("/", "/feed", "/feed/", "/feed?utm_source=page", "/old", anchors=("/other",))
    site.answers["/feed"] = sent_on("/feed/")
    site.feed("/feed/")
    site.answers["/old"] = sent_on("/feed/")
    discovery = found(site)
    assert paths(site, discovery) == ["/feed/"]
    assert discovery.failed == ()
    assert site.asked == ["/", "/feed", "/feed/", "/old", "/feed/"]


def test_a_directory_is_looked_at_up_to_a_limit_and_the_rest_is_counted(site: Site) -> None:
    site.page("/", anchors=tuple(f"/{number}.rss" for number in range(50)))
    discovery = found(site)
    assert len(discovery.failed) == discover.MOST_LOOKED_AT
    assert len(site.asked) == 1 + discover.MOST_LOOKED_AT
    assert discovery.unseen == 30 + len(discover.USUAL_PLACES)


@pytest.mark.parametrize(
    "answer", [Answer(status=429), Answer(status=503), Answer(status=403, headers={"cf-mitigated": "challenge"})]
)
def test_a_host_that_asks_to_be_left_alone_is_asked_no_more(site: Site, answer: Answer) -> None:
    site.page("/", "/a.rss", "/b.rss")
    site.answers["/a.rss"] = answer
    discovery = found(site)
    assert [url for url, _ in discovery.failed] == [site.url("/a.rss")]
    assert site.asked == ["/", "/a.rss"]


def test_a_host_that_does_not_answer_is_asked_once(site: Site) -> None:
    silent = f"http://127.0.0.1:{closed_port()}"
    site.page("/", f"{silent}/a.rss", f"{silent}/b.rss", "/rss")
    site.feed("/rss")
    discovery = found(site)
    assert [url for url, _ in discovery.failed] == [f"{silent}/a.rss"]
    assert paths(site, discovery) == ["/rss"]


def test_patience_ends(site: Site) -> None:
    site.page("/", "/rss")
    site.feed("/rss")
    discovery = scout(patience=timedelta()).discover(site.url(), NOON)
    assert (discovery.offers, site.asked) == ((), ["/"])
    assert discovery.unseen == 1 + len(discover.USUAL_PLACES)


def test_a_site_without_a_scheme_is_asked_over_tls_and_then_without(site: Site) -> None:
    site.page("/", "/rss")
    site.feed("/rss")
    discovery = scout().discover(site.url("").removeprefix("http://"), NOON)
    assert discovery.site == site.url("/") or discovery.site == site.url("")
    assert paths(site, discovery) == ["/rss"]


@pytest.mark.parametrize(
    "name", ["", "http://[", "ftp://a.example/", "a b", "https://u:p@a.example/", "javascript:x", "://"]
)
def test_what_is_no_site_is_told_in_one_line(name: str) -> None:
    with pytest.raises(FetchError) as caught:
        scout().discover(name, NOON)
    assert str(caught.value) == f"{name!r} is no web address, such as example.org or https://example.org/news"


def test_a_site_that_refuses_is_told_as_by_a_poll(site: Site) -> None:
    with pytest.raises(FetchError, match="the server answered 404 Not Found"):
        found(site)
    assert site.asked == ["/"]


def test_a_page_that_is_data_is_asked_for_feeds_all_the_same(site: Site) -> None:
    site.answers["/"] = Answer(body=json.dumps({"no": "feed"}).encode())
    site.feed("/feed.xml")
    assert paths(site, found(site)) == ["/feed.xml"]
