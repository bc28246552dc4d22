"""Article pages from the headline to the alert: real HTTP on loopback, real pages, the real pipeline."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.articles import LEASE, REFUSED_REST, Articles, Extract, Filed, fetch, missing
from monitor.core.article import LIFETIME, DueArticle, State
from monitor.core.entry import ParsedEntry
from monitor.errors import ParseError
from monitor.feeds.article import main_text
from monitor.feeds.robots import Robots
from monitor.pipeline import Pipeline
from monitor.polls import Tally
from tests.feeds.asking import closed_port, elsewhere, fetcher, sent_on
from tests.feeds.pages import LANGUAGES, article_page, wall
from tests.store.test_store import feed
from tests.support.desk import write_desk
from tests.support.http import Answer, HttpServer, Request, http_server
from tests.support.stage import NOW, pipeline_on, polled

pytest.importorskip("trafilatura", reason="the extra is not installed: pip install 'wirewatch[fulltext]'")

HTML = {"Content-Type": "text/html; charset=utf-8"}
MINUTE = timedelta(minutes=1)
HEADLINE = article_page("en").title
ALLOWS = Answer(body=b"User-agent: *\nDisallow: /private/", headers={"Content-Type": "text/plain"})


@dataclass
class Scene:
    """A desk with a feed of headlines, and the site their pages stand on."""

    pipeline: Pipeline
    articles: Articles
    server: HttpServer
    robots: Robots
    answers: dict[str, Answer] = field(default_factory=lambda: {"/robots.txt": ALLOWS})

    def respond(self, request: Request) -> Answer:
        return self.answers.get(request.path, Answer(status=404))

    @property
    def pages_asked(self) -> list[str]:
        return [request.path for request in self.server.requests if request.path != "/robots.txt"]

    def publish(self, body: bytes, path: str = "/a", **headers: str) -> str:
        self.answers[path] = Answer(body=body, headers=headers or HTML)
        return self.server.url + path

    def headline(self, link: str, title: str = HEADLINE, *, feed_id: str = "a", summary: str = "") -> int:
        """A new entry of the feed, and its page wanted; the entry's number."""
        one = ParsedEntry(id=link, link=link, title=title, summary=summary)
        tally = self.pipeline.file(polled(feed_id, one), NOW)
        number = self.pipeline.store.entries.find(link)[0].id
        if tally.new:
            self.articles.queue(self.pipeline.store.entries.get(number), NOW)
        return number

    def lease(self, now: datetime = NOW) -> list[DueArticle]:
        return self.articles.lease_due(now, 10)

    def run(self, now: datetime = NOW, extract: Extract = main_text) -> list[Filed]:
        """Fetch what is due, file it and follow it, as the daemon does."""
        return [self.file(due, now, extract) for due in self.lease(now)]

    def file(self, due: DueArticle, now: datetime = NOW, extract: Extract = main_text) -> Filed:
        page = fetch(fetcher(max_bytes=6_000_000), self.robots, due, now, extract)
        with self.pipeline.store.transaction():
            filed = self.articles.file(page, now)
            if filed.entry is not None:
                tally = Tally(filed.entry.feed_id)
                self.pipeline._follow(filed.entry, tally, now, silent=False)
                self.pipeline._notices.tell(tally.touched, now)
        return filed

    def stands(self, number: int) -> tuple[str, str]:
        row = self.pipeline.store.articles.of_entry(number)
        assert row is not None
        return row["state"], row["reason"]

    @property
    def ledger(self) -> list[tuple[str, str]]:
        rows = self.pipeline.store._connection.rows("SELECT outcome, reason FROM matches ORDER BY id")
        return [(row["outcome"], row["reason"]) for row in rows]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    desk = write_desk(tmp_path / "desk", {"a": "https://a.example/", "b": "https://b.example/"})
    listed = (desk / "feeds.yaml").read_text()
    (desk / "feeds.yaml").write_text(listed.replace("every: 1s}", "every: 1s, fulltext: true}", 1))
    with pipeline_on(desk, tmp_path / "store.db") as pipeline, http_server(lambda _: Answer(status=500)) as server:
        articles = pipeline.articles
        one = Scene(pipeline, articles, server, Robots(fetcher()))
        server.respond = one.respond
        yield one


def test_a_match_that_only_the_text_shows_rings(scene: Scene) -> None:
    number = scene.headline(scene.publish(article_page("en").bytes()))
    assert scene.ledger == []

    (filed,) = scene.run()

    assert filed.settlement.state is State.FETCHED
    assert scene.ledger == [("alerted", "first match of this rule on this development")]
    one = scene.pipeline.store.entries.get(number)
    assert (one.fulltext, one.revision) == (article_page("en").text, 2)
    (row,) = scene.pipeline.store._connection.rows("SELECT payload FROM deliveries")
    assert "«joint» «patrols»" in json.loads(row["payload"])["text"]


def test_what_rang_on_its_headline_is_folded_and_does_not_ring_again(scene: Scene) -> None:
    link = scene.publish(article_page("en").bytes())
    scene.headline(link, "Turkey and Russia back on joint patrols along the border")
    scene.run()
    assert scene.ledger == [
        ("alerted", "first match of this rule on this development"),
        ("folded", "revision of an entry that was told"),
    ]


def test_the_next_poll_of_the_feed_sees_nothing_new(scene: Scene) -> None:
    link = scene.publish(article_page("en").bytes())
    scene.headline(link)
    scene.run()
    again = scene.pipeline.file(polled("a", ParsedEntry(id=link, link=link, title=HEADLINE)), NOW + MINUTE)
    assert (again.new, again.revised, again.matches) == (0, 0, 0)


def test_a_restart_reads_the_text_as_the_run_before_did(scene: Scene) -> None:
    scene.headline(scene.publish(article_page("en").bytes()))
    scene.run()
    (filed,) = scene.pipeline.store.stories.since(NOW - MINUTE)
    assert filed.report == next(iter(scene.pipeline._index.candidates(filed.report))).report


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_in_any_of_our_languages_gives_its_text(scene: Scene, language: str) -> None:
    page = article_page(language)
    number = scene.headline(scene.publish(page.bytes()), page.title)
    scene.run()
    assert scene.pipeline.store.entries.get(number).fulltext == page.text


LOST = [
    (Answer(status=403), "refused", "the server answered 403"),
    (Answer(status=402), "refused", "the server answered 402"),
    (Answer(status=404), "failed", "the server answered 404"),
    (Answer(status=410), "failed", "the server answered 410"),
    (Answer(body=b"%PDF-1.7", headers={"Content-Type": "application/pdf"}), "failed", "no HTML page stands there"),
    (Answer(body=b"", headers=HTML), "failed", "no text of an article"),
    (Answer(body=b"<html><body><img src=x></body></html>", headers=HTML), "failed", "no text of an article"),
    (Answer(body=wall("consent"), headers=HTML), "refused", "nothing of the headline"),
    (Answer(body=wall("paywall"), headers=HTML), "refused", "nothing of the headline"),
    (Answer(body=wall("challenge"), headers=HTML), "refused", ""),
]


@pytest.mark.parametrize(("answer", "state", "reason"), LOST)
def test_a_page_that_cannot_be_had_loses_nothing_and_says_why(
    scene: Scene, answer: Answer, state: str, reason: str
) -> None:
    scene.answers["/a"] = answer
    number = scene.headline(scene.server.url + "/a", "Turkey and Russia resume joint patrols")
    scene.run()
    assert scene.stands(number)[0] == state
    assert reason in scene.stands(number)[1]
    assert scene.stands(number)[1]
    assert scene.pipeline.store.entries.get(number).revision == 1
    assert scene.ledger == [("alerted", "first match of this rule on this development")]
    assert scene.run(NOW + 2 * REFUSED_REST) == []


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=429), Answer(hang_up=True)])
def test_a_page_in_trouble_is_tried_again(scene: Scene, answer: Answer) -> None:
    scene.publish(article_page("en").bytes())
    page, scene.answers["/a"] = scene.answers["/a"], answer
    number = scene.headline(scene.server.url + "/a")
    scene.run()
    assert scene.stands(number)[0] == "queued"
    assert scene.stands(number)[1]
    scene.answers["/a"] = page
    assert scene.run(NOW + 4 * MINUTE) == []
    scene.run(NOW + 5 * MINUTE)
    assert scene.stands(number) == ("fetched", "")


def test_a_retry_after_is_kept_for_all_pages_of_the_host(scene: Scene) -> None:
    scene.answers["/a"] = Answer(status=503, headers={"Retry-After": "7200"})
    scene.headline(scene.server.url + "/a")
    scene.run()
    scene.headline(scene.publish(article_page("en").bytes(), "/b"))
    assert scene.run(NOW + 119 * MINUTE) == []
    assert len(scene.run(NOW + 120 * MINUTE)) == 1


def test_a_host_that_refuses_is_left_in_peace_for_an_hour(scene: Scene) -> None:
    scene.answers["/a"] = Answer(status=403)
    scene.headline(scene.server.url + "/a")
    scene.run()
    scene.headline(scene.server.url + "/b")
    assert scene.run(NOW + 59 * MINUTE) == []
    assert len(scene.run(NOW + REFUSED_REST)) == 1


def test_robots_txt_is_asked_first_and_obeyed(scene: Scene) -> None:
    number = scene.headline(scene.publish(article_page("en").bytes(), "/private/a"))
    scene.run()
    assert scene.stands(number) == ("refused", "robots.txt forbids this page")
    assert scene.pages_asked == []
    assert scene.pipeline.store._connection.rows("SELECT * FROM article_requests") == []


def test_without_its_robots_txt_a_host_is_left_alone_and_asked_later(scene: Scene) -> None:
    link = scene.publish(article_page("en").bytes())
    scene.answers["/robots.txt"] = Answer(status=500)
    number = scene.headline(link)
    scene.run()
    assert scene.stands(number)[0] == "queued"
    assert "robots.txt cannot be read now" in scene.stands(number)[1]
    assert scene.pages_asked == []
    scene.answers["/robots.txt"] = Answer(status=404)
    scene.run(NOW + 5 * MINUTE)
    assert scene.stands(number)[0] == "fetched"


def test_a_crawl_delay_is_kept_between_two_pages(scene: Scene) -> None:
    scene.answers["/robots.txt"] = Answer(body=b"User-agent: wirewatch\nCrawl-delay: 120")
    for path in ("/a", "/b"):
        scene.headline(scene.publish(article_page("en").bytes(), path))
    assert len(scene.run()) == 1
    assert scene.run(NOW + MINUTE) == []
    assert len(scene.run(NOW + 2 * MINUTE)) == 1
    assert scene.pages_asked == ["/b", "/a"]


def test_a_redirect_to_a_page_that_robots_txt_forbids_is_not_read(scene: Scene) -> None:
    forbidden = scene.publish(article_page("en").bytes(), "/private/a")
    scene.answers["/a"] = sent_on(forbidden)
    number = scene.headline(scene.server.url + "/a")
    scene.run()
    assert scene.stands(number) == ("refused", "it leads to 127.0.0.1: robots.txt forbids this page")


def test_a_redirect_to_another_host_asks_that_host_and_gives_its_page(scene: Scene) -> None:
    scene.publish(article_page("en").bytes(), "/there")
    scene.answers["/a"] = sent_on(elsewhere(scene.server) + "/there")
    number = scene.headline(scene.server.url + "/a")
    scene.run()
    assert scene.stands(number)[0] == "fetched"
    assert len([one for one in scene.server.requests if one.path == "/robots.txt"]) == 2


def test_a_wall_that_two_pages_share_is_known_the_second_time(scene: Scene) -> None:
    # The first headline happens to share a word with the wall.
    body = wall("paywall").decode()
    first = scene.headline(scene.publish(body.encode()), "Subscription fees for unlimited access rise")
    second = scene.headline(scene.publish(body.encode(), "/b"), "Courts limit unlimited detention this month")
    scene.run()
    scene.run(NOW + MINUTE)
    assert sorted([scene.stands(first)[0], scene.stands(second)[0]]) == ["fetched", "refused"]
    assert scene.stands(first)[1] == f"it begins like the page of entry {second}: a wall, or one page for both"


def test_a_page_in_two_feeds_is_asked_for_once(scene: Scene) -> None:
    scene.articles._feeds.add("b")
    link = scene.publish(article_page("en").bytes())
    scene.headline(link)
    scene.run()
    one = ParsedEntry(id="other", link=link, title="Border road sees patrols once more")
    scene.pipeline.file(polled("b", one), NOW)
    second = scene.pipeline.store.entries.find(link)[0]
    scene.articles.queue(second, NOW)
    scene.run(NOW + MINUTE)
    assert scene.pipeline.store.entries.get(second.id).fulltext == article_page("en").text
    assert scene.pages_asked == ["/a"]


def test_only_headlines_of_feeds_read_in_full_are_followed_up(scene: Scene) -> None:
    link = scene.publish(article_page("en").bytes())
    scene.headline(link, feed_id="b")
    scene.headline(scene.server.url + "/b", summary=article_page("en").text)
    assert scene.lease(NOW + LEASE) == []


def test_a_teaser_does_not_keep_the_page_from_being_read(scene: Scene) -> None:
    scene.headline(scene.publish(article_page("en").bytes()), summary="Read the latest from the region.")
    scene.run()
    assert scene.ledger == [("alerted", "first match of this rule on this development")]


@pytest.mark.parametrize("link", ["", "mailto:desk@example.org", "ftp://news.example/a", "http://[", "/relative"])
def test_an_entry_without_a_link_says_so(scene: Scene, link: str) -> None:
    one = ParsedEntry(id="x", link=link, title=HEADLINE)
    scene.pipeline.file(polled("a", one), NOW)
    assert not scene.articles.queue(scene.pipeline.store.entries.get(1), NOW)
    assert scene.stands(1) == ("failed", "the entry has no link to a page")


def test_a_wrapped_link_leads_to_the_page_and_not_to_its_wrapper(scene: Scene) -> None:
    link = scene.publish(article_page("en").bytes())
    number = scene.headline(f"https://www.google.com/url?rct=j&url={link}#top")
    (due,) = scene.lease()
    assert (due.entry_id, due.link) == (number, link)


def test_a_host_where_nothing_listens_is_tried_until_the_day_is_over(scene: Scene) -> None:
    number = scene.headline(f"http://127.0.0.1:{closed_port()}/a")
    now = NOW
    while scene.stands(number)[0] == "queued":
        scene.run(now)
        now += 5 * MINUTE
    assert now < NOW + LIFETIME
    assert "connection refused" in scene.stands(number)[1]


def test_a_page_whose_reader_was_killed_says_so(scene: Scene) -> None:
    def killed(*_: Any) -> str:
        raise ParseError("stopped after 10 s of CPU")

    number = scene.headline(scene.publish(article_page("en").bytes()))
    scene.run(extract=killed)
    assert scene.stands(number) == ("failed", "its text cannot be read (stopped after 10 s of CPU)")


def test_a_bug_in_reading_is_that_pages_alone(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: Any) -> str:
        raise ZeroDivisionError(scene.server.url)

    number = scene.headline(scene.publish(article_page("en").bytes()))
    scene.run(extract=broken)
    assert "wirewatch failed on this page (ZeroDivisionError)" in scene.stands(number)[1]
    assert "ZeroDivisionError" in caplog.text
    assert scene.server.url not in caplog.text


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[fd00::1]"])
def test_an_address_inside_the_walls_is_not_asked_for(scene: Scene, host: str) -> None:
    number = scene.headline(f"http://{host}/latest/meta-data")
    scene.run()
    assert scene.stands(number)[0] == "failed"
    assert "robots.txt" not in scene.stands(number)[1]


def test_a_bug_in_what_follows_is_that_pages_alone(scene: Scene) -> None:
    number = scene.headline(scene.publish(article_page("en").bytes()))
    (due,) = scene.lease()
    scene.articles.failed(due, ZeroDivisionError("x"), NOW)
    assert scene.stands(number) == (
        "failed", "wirewatch failed on this page (ZeroDivisionError); please report the log lines"
    )  # fmt: skip


def test_what_cannot_be_followed_leaves_the_page_to_be_fetched_again(scene: Scene) -> None:
    def fail() -> None:
        page = fetch(fetcher(), scene.robots, due, NOW)
        with scene.pipeline.store.transaction():
            assert scene.articles.file(page, NOW).entry is not None
            raise ZeroDivisionError

    number = scene.headline(scene.publish(article_page("en").bytes()))
    (due,) = scene.lease()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert scene.pipeline.store.entries.get(number).revision == 1
    (again,) = scene.lease(NOW + LEASE)
    assert replace(again, attempts=1, leased_at=NOW) == due


def test_without_the_extra_the_entry_says_what_to_install_and_nobody_is_asked(scene: Scene) -> None:
    scene.articles._available = False
    number = scene.headline(scene.publish(article_page("en").bytes()))
    assert scene.run() == []
    assert scene.stands(number)[0] == "failed"
    assert "the README says how" in scene.stands(number)[1]


def test_a_missing_extra_is_one_line_for_all_feeds_that_want_it() -> None:
    wanting = [replace(feed(name), fulltext=True) for name in ("b", "a", "c")]
    line = missing([feed("z"), *wanting], available=False)
    assert line == (
        "feed 'a' (and 2 more) has 'fulltext: true', but the text of pages needs an extra that is not installed; "
        "the README says how, under Full text"
    )
    assert missing(wanting, available=True) == missing([feed("z")], available=False) == ""


def test_with_no_budget_nothing_is_queued(scene: Scene) -> None:
    scene.articles._per_hour = 0
    number = scene.headline(scene.publish(article_page("en").bytes()))
    assert scene.pipeline.store.articles.of_entry(number) is None
