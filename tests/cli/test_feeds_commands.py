"""Feeds added to the list and removed from it by command, with real files and feeds on loopback."""

import json

import pytest

from monitor.ruleset.desk import load_desk
from tests.cli.feedlists import LIST, Desk
from tests.cli.running import run
from tests.feeds.asking import closed_port
from tests.support.http import Answer
from tests.support.wire import Item, Wire

TAKEN_UP = "a running wirewatch polls it from now on\n"
REPORT = Item(title="A report", link="https://news.example/1")


# --- add


def test_add_takes_title_and_language_from_the_feed(desk: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [REPORT], title="The Wire: world")
    wire.bodies["/rss"] = wire.bodies["/rss"].replace(b"<channel>", b"<channel><language>tr-TR</language>")
    result = desk.feeds("add", url, "--id", "wire")
    assert (result.exit_code, result.stderr) == (0, "RSS, 1 entry\n")
    assert result.stdout == f"added wire (The Wire: world; tr) to {desk.file}, line 9\n{TAKEN_UP}"
    block = f'- {{id: wire, url: {json.dumps(url)[1:-1]}, title: "The Wire: world", language: tr}}\n'
    assert desk.text == LIST + block
    assert load_desk(desk.folder).feeds["wire"].title == "The Wire: world"


def test_what_add_is_told_goes_before_what_the_feed_says(bare: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [])
    bare.said(
        "add", url, "--id=w", "--title=W", "--language=ru", "--country=RU", "--tier=2", "--kind=agency", "--owner=O: P",
        "--tags=a, b", "--every=5m", "--floor=0s", "--encoding=windows-1251", "--no-baseline", "--fulltext",
    )  # fmt: skip
    assert bare.text == (
        f'feeds:\n- id: w\n  url: {url}\n  title: W\n  language: ru\n  country: RU\n  tier: 2\n  owner: "O: P"\n'
        "  kind: agency\n  tags: [a, b]\n  every: 5m\n  floor: 0s\n  encoding: windows-1251\n  baseline: false\n"
        "  fulltext: true\n"
    )  # fmt: skip


def test_add_tells_that_a_feed_is_silent_about_its_language(bare: Desk, wire: Wire) -> None:
    result = bare.feeds("add", wire.publish("/rss", [REPORT]))
    assert "the feed does not say its language; it is taken for en (--language says another)" in result.stderr
    assert result.stdout.startswith("added 127-0-0-1 (Example Wire; en) to ")


def test_add_reads_the_title_in_the_encoding_it_is_told(bare: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [REPORT], title="Iğdır Şehir")
    wire.bodies["/rss"] = wire.bodies["/rss"].decode().encode("windows-1254")
    assert "(Iğdır Şehir; tr)" in bare.said("add", url, "--language=tr", "--encoding=windows-1254")


def test_add_without_a_look_asks_nobody(bare: Desk, wire: Wire) -> None:
    url = wire.url("/not-there-yet")
    assert bare.said("add", url, "--no-fetch", "--id=later").startswith("added later (127.0.0.1; en) to ")
    assert wire.requests == []
    assert bare.text == f"feeds:\n- id: later\n  url: {url}\n"


def test_add_refuses_a_page_and_tells_which_feeds_it_offers(desk: Desk, wire: Wire) -> None:
    page = b"<!DOCTYPE html><link rel=alternate type=application/atom+xml href=/atom>"
    wire.answers["/"] = Answer(body=page, headers={"Content-Type": "text/html"})
    offers = f"it offers these feeds: {wire.url('/atom')}; add one of them"
    assert desk.refused("add", wire.url("/")) == f"wirewatch: {wire.url('/')}: this is a page; {offers}"


def test_add_refuses_what_does_not_answer_or_is_no_feed(desk: Desk, wire: Wire) -> None:
    wire.answers["/x"] = Answer(body=b"nothing of the kind")
    nowhere = f"127.0.0.1:{closed_port()}"
    assert (
        desk.refused("add", f"http://{nowhere}/") == f"wirewatch: {nowhere}: connection refused; nothing listens there"
    )
    assert desk.refused("add", wire.url("/none")).startswith("wirewatch: the server answered 404 Not Found")
    assert desk.refused("add", wire.url("/x")).startswith("wirewatch: this is no feed")


def test_add_refuses_what_is_listed_before_it_asks_anybody(desk: Desk, wire: Wire) -> None:
    said = f"{desk.file}:4: feed 'tass' has this address already"
    assert desk.refused("add", "http://www.tass.example/rss/?utm_source=x") == said
    taken = f"{desk.file}:8: feed 'daily' has this id already; give {wire.url('/rss')} another"
    assert desk.refused("add", wire.url("/rss"), "--id", "daily") == taken
    assert wire.requests == []


def test_add_refuses_an_address_that_leads_to_a_feed_of_the_list(bare: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [REPORT])
    bare.said("add", url)
    wire.answers["/moved"] = Answer(status=301, headers={"Location": "/rss"})
    said = f"{bare.file}:2: feed '127-0-0-1' has the address that {wire.url('/moved')} leads to: {url}"
    before = bare.text
    result = bare.feeds("add", wire.url("/moved"))
    assert (result.exit_code, result.stderr, bare.text) == (1, f"{said}\n", before)


def test_add_keeps_the_address_it_is_given_and_tells_where_it_leads(bare: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [REPORT])
    wire.answers["/moved"] = Answer(status=302, headers={"Location": "/rss"})
    result = bare.feeds("add", wire.url("/moved"), "--language=en")
    assert f"it leads to {url}; if the feed has moved for good, give that address\n" in result.stderr
    assert f"url: {wire.url('/moved')}\n" in bare.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tass.example/rss"], "'tass.example/rss' is no feed address; it begins with http://"),
        (["https://u:p@a.example/"], "a password does not belong into an address: it would be stored and shown"),
        (["https://a.example/", "--every=9y"], "'every' is a duration from 1s to 7d, written as"),
        (["https://a.example/", "--id=A"], "feed id 'A': use lower-case letters, digits and '-', at most 64"),
        (["https://a.example/", "--tags=a,,b"], "an item of 'tags' is an empty text; write one, or remove it"),
        (["https://a.example/", "--encoding=rot13"],
         "'rot13' is no encoding such as utf-8, windows-1254 or windows-1256"),
    ],
)  # fmt: skip
def test_add_refuses_what_feeds_yaml_would(desk: Desk, arguments: list[str], said: str) -> None:
    assert desk.refused("add", *arguments).startswith(f"{arguments[0]}: {said}")


def test_add_goes_by_the_polling_of_the_configuration(desk: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [Item(title="x" * 20_000)])
    (desk.folder / "wirewatch.yaml").write_text(
        "polling: {max_bytes: 10000, contact: ops@desk.example, allow: [127.0.0.1]}\n", encoding="utf-8"
    )
    assert "polling.max_bytes" in desk.refused("add", url)
    assert wire.requests[0].headers["User-Agent"].endswith("(+ops@desk.example)")


def test_add_minds_neither_broken_rules_nor_a_missing_store(desk: Desk, wire: Wire) -> None:
    (desk.folder / "watch" / "rules.yaml").write_text("rules: none", encoding="utf-8")
    assert desk.said("add", wire.publish("/rss", [REPORT]), "--id=w").endswith(TAKEN_UP)


# --- any command that reads the list


@pytest.mark.parametrize("command", ["add https://a.example/ --no-fetch", "remove tass", "import -", "export"])
def test_a_list_with_problems_is_told_and_left_alone(desk: Desk, command: str) -> None:
    desk.file.write_text("feeds:\n- ulr: x\n", encoding="utf-8")
    line = f"{desk.file}:2:3: unknown key 'ulr' in a feed; did you mean 'url'?"
    assert desk.refused(*command.split()) == line


@pytest.mark.parametrize("command", ["add https://a.example/ --no-fetch", "remove tass", "import -", "export"])
def test_a_list_or_a_desk_that_is_not_there_is_one_line(desk: Desk, command: str) -> None:
    desk.file.unlink()
    result = desk.feeds(*command.split())
    said = f"{desk.file}: the desk has no list of feeds yet; make this file with the line 'feeds: []'\n"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)
    missing = run("feeds", *command.split(), "--desk", desk.folder / "no")
    said = f"{desk.folder / 'no'}: there is no such folder; name the desk with --desk DIR\n"
    assert (missing.exit_code, missing.stderr) == (1, said)


# --- remove


def test_remove_takes_the_block_and_says_that_entries_stay(desk: Desk) -> None:
    said = f"removed tass from {desk.file}; stored entries stay\na running wirewatch polls it no more\n"
    assert desk.said("remove", "tass") == said
    assert desk.text == LIST.replace("- id: tass\n  url: https://tass.example/rss\n  title: TASS\n", "")


def test_remove_takes_ids_and_addresses_up_to_the_last(desk: Desk) -> None:
    said = desk.said("remove", "http://tass.example/rss", "daily", "daily")
    assert said.startswith(f"removed tass, daily from {desk.file};")
    assert said.endswith("a running wirewatch polls them no more\n")
    assert desk.text == "# our feeds\nfeeds: []\n# ---- wires\n# ---- press\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("tas", "; did you mean 'tass'?"), ("zz", ""), ("https://tass.example/rs", "; did you mean 'https://tass.example/rss'?")],
)  # fmt: skip
def test_remove_refuses_a_name_it_does_not_know_with_the_nearest(desk: Desk, name: str, hint: str) -> None:
    result = desk.feeds("remove", "daily", name)
    said = f"Error: Invalid value for ID_OR_URL: no feed of the desk has the id or address {name!r}{hint}"
    assert (result.exit_code, result.stderr.splitlines()[-1], desk.text) == (2, said, LIST)
