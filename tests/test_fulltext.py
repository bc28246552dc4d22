"""A feed of bare headlines, and the pages behind them, over real HTTP: what only the text says rings."""

from pathlib import Path

import pytest

from monitor.errors import ParseError
from monitor.feeds.worker import Limits, Worker
from monitor.store import Store
from tests.support.desk import NEAR, write_desk
from tests.support.http import Answer
from tests.support.stage import once
from tests.support.wire import Item, Wire

pytest.importorskip("trafilatura", reason="the extra 'fulltext' is not installed")

HEADLINE = "Ministry statement on northern Syria"
TEXT = (
    "The ministry statement on northern Syria came on Friday: Turkey and Russia have resumed joint patrols near "
    "Kobani after a pause of ten months. The first column left its base in the morning with eight vehicles."
)
PAGE = f"""<!doctype html><html><head><title>{HEADLINE}</title></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a></nav>
<article><h1>{HEADLINE}</h1><p>{TEXT}</p><p>It was watched by residents along the road, who said that
the vehicles returned to their base at noon without an incident, as they had done before the pause.</p></article>
<footer>All rights reserved</footer></body></html>"""


def desk_on(wire: Wire, folder: Path, *, keys: str = "fulltext: true") -> Path:
    url = wire.publish("/feed", [Item(title="An earlier headline", link=wire.url("/earlier"))])
    desk = write_desk(folder, {"wire": url}, config=f"receivers: {{terminal: {{type: terminal}}}}\n{NEAR}")
    listed = (desk / "feeds.yaml").read_text(encoding="utf-8")
    (desk / "feeds.yaml").write_text(listed.replace("id: wire,", f"id: wire, {keys},"), encoding="utf-8")
    wire.answers["/robots.txt"] = Answer(status=404)
    wire.answers["/page"] = Answer(body=PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    return desk


def publish(wire: Wire) -> None:
    wire.publish("/feed", [Item(title=HEADLINE, link=wire.url("/page"))])


def paths(wire: Wire) -> list[str]:
    return [request.path for request in wire.requests]


def test_what_only_the_page_says_rings_once(tmp_path: Path, wire: Wire) -> None:
    desk, store = desk_on(wire, tmp_path / "desk"), tmp_path / "s.db"
    once(desk, store)
    publish(wire)
    assert once(desk, store).alerts == 1
    assert once(desk, store).alerts == 0
    assert paths(wire).count("/page") == 1
    read = Store.read(store)
    (match,) = read.alerts.matches_of_alert(1)
    assert (match["revision"], match["title"]) == (2, HEADLINE)
    read.close()


def test_without_the_key_no_page_is_asked_for(tmp_path: Path, wire: Wire) -> None:
    desk, store = desk_on(wire, tmp_path / "desk", keys="tier: 3"), tmp_path / "s.db"
    once(desk, store)
    publish(wire)
    assert once(desk, store).alerts == 0
    assert "/page" not in paths(wire)


def test_robots_are_heeded_and_the_headline_stays(tmp_path: Path, wire: Wire) -> None:
    desk, store = desk_on(wire, tmp_path / "desk"), tmp_path / "s.db"
    wire.answers["/robots.txt"] = Answer(body=b"User-agent: *\nDisallow: /page\n")
    publish(wire)
    totals = once(desk, store)
    assert (totals.new, totals.alerts) == (1, 0)
    assert "/page" not in paths(wire)
    read = Store.read(store)
    page = read.articles.of_entry(1)
    assert page is not None
    assert page["state"] == "refused"
    assert "robots.txt" in page["reason"]
    read.close()


def test_a_page_that_would_keep_the_parser_busy_costs_that_page() -> None:
    attributes = b"".join(b" a%d=1" % number for number in range(150_000))
    hostile = b"<html><body><p" + attributes + b">text</p></body></html>"
    with Worker(children=1, pages=True, limits=Limits(cpu_seconds=0.5)) as worker:
        with pytest.raises(ParseError, match="the parser was stopped on it"):
            worker.text("https://news.example/", hostile, "text/html")
        assert TEXT.partition(":")[0] in worker.text("https://news.example/", PAGE.encode(), "text/html")
