"""The commands on the list of feeds, with real files and feeds on loopback."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result

from monitor.ruleset.desk import load_desk
from tests.cli.running import document, run
from tests.feeds.asking import closed_port
from tests.support.desk import write_desk
from tests.support.http import Answer
from tests.support.program import wirewatch
from tests.support.wire import Item, Wire

LIST = """\
# our feeds
feeds:
# ---- wires
- id: tass
  url: https://tass.example/rss
  title: TASS
# ---- press
- {id: daily, url: 'https://daily.example/feed'}  # slow
"""
RESTART = "restart wirewatch to poll it\n"
REPORT = Item(title="A report", link="https://news.example/1")


@dataclass(frozen=True)
class Desk:
    """A desk with the list above, and the feed commands on it."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "feeds.yaml"

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def feeds(self, *arguments: str | Path) -> Result:
        return run("feeds", *arguments, "--desk", self.folder)

    def said(self, *arguments: str | Path) -> str:
        """What a command that ends well prints."""
        result = self.feeds(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *arguments: str | Path) -> str:
        """The one line of a command that ends with 1 and leaves the list alone."""
        before = self.text
        result = self.feeds(*arguments)
        assert (result.exit_code, result.stdout, self.text) == (1, "", before)
        (line,) = result.stderr.splitlines()
        return line


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Desk:
    folder = write_desk(tmp_path / "desk", {"x": "https://x.example/"})
    (folder / "feeds.yaml").write_text(LIST, encoding="utf-8")
    return Desk(folder)


@pytest.fixture(name="bare")
def _bare(tmp_path: Path) -> Desk:
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "feeds.yaml").write_text("feeds: []\n", encoding="utf-8")
    return Desk(folder)


@pytest.fixture(name="opml")
def _opml(tmp_path: Path) -> Callable[[str], Path]:
    def written(body: str) -> Path:
        file = tmp_path / "list.opml"
        file.write_text(f"<opml version='2.0'><body>{body}</body></opml>", encoding="utf-8")
        return file

    return written


# --- add


def test_add_takes_title_and_language_from_the_feed(desk: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [REPORT], title="The Wire: world")
    wire.bodies["/rss"] = wire.bodies["/rss"].replace(b"<channel>", b"<channel><language>tr-TR</language>")
    result = desk.feeds("add", url, "--id", "wire")
    assert (result.exit_code, result.stderr) == (0, "RSS, 1 entry\n")
    assert result.stdout == f"added wire (The Wire: world; tr) to {desk.file}, line 9\n{RESTART}"
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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tass.example/rss"], "'tass.example/rss' is no feed address; it begins with http:// or https:// and has a host"),
        (["https://u:p@a.example/"], "a password does not belong into an address: it would be stored and shown"),
        (["https://a.example/", "--every=9y"], "'every' is a duration from 1s to 7d, written as 90s, 10m, 6h or 3d, not '9y'"),
        (["https://a.example/", "--id=A"], "feed id 'A': use lower-case letters, digits and '-', at most 64"),
        (["https://a.example/", "--tags=a,,b"], "an item of 'tags' is an empty text; write one, or remove it"),
        (["https://a.example/", "--encoding=rot13"],
         "'rot13' is no encoding such as utf-8, windows-1254 or windows-1256"),
    ],
)  # fmt: skip
def test_add_refuses_what_feeds_yaml_would(desk: Desk, arguments: list[str], said: str) -> None:
    assert desk.refused("add", *arguments) == f"{arguments[0]}: {said}"


def test_add_goes_by_the_polling_of_the_configuration(desk: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [Item(title="x" * 5_000)])
    (desk.folder / "wirewatch.yaml").write_text(
        "polling: {max_bytes: 1000, contact: ops@desk.example}\n", encoding="utf-8"
    )
    assert "polling.max_bytes" in desk.refused("add", url)
    assert wire.requests[0].headers["User-Agent"].endswith("(+ops@desk.example)")


def test_add_minds_neither_broken_rules_nor_a_missing_store(desk: Desk, wire: Wire) -> None:
    (desk.folder / "watch" / "rules.yaml").write_text("rules: none", encoding="utf-8")
    assert desk.said("add", wire.publish("/rss", [REPORT]), "--id=w").endswith(RESTART)


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
    said = f"removed tass from {desk.file}; stored entries stay\nrestart wirewatch to poll it no more\n"
    assert desk.said("remove", "tass") == said
    assert desk.text == LIST.replace("- id: tass\n  url: https://tass.example/rss\n  title: TASS\n", "")


def test_remove_takes_ids_and_addresses_up_to_the_last(desk: Desk) -> None:
    said = desk.said("remove", "http://tass.example/rss", "daily", "daily")
    assert said.startswith(f"removed tass, daily from {desk.file};")
    assert said.endswith("restart wirewatch to poll them no more\n")
    assert desk.text == "# our feeds\nfeeds: []\n# ---- wires\n# ---- press\n"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("tas", "; did you mean 'tass'?"), ("https://tass.example/rs", "; did you mean 'https://tass.example/rss'?"), ("zz", "")],
)  # fmt: skip
def test_remove_refuses_a_name_it_does_not_know_with_the_nearest(desk: Desk, name: str, hint: str) -> None:
    result = desk.feeds("remove", "daily", name)
    said = f"Error: Invalid value for ID_OR_URL: no feed of the desk has the id or address {name!r}{hint}"
    assert (result.exit_code, result.stderr.splitlines()[-1], desk.text) == (2, said, LIST)


# --- import, export


def test_import_says_what_it_added_and_what_not_and_why(desk: Desk, opml: Callable[[str], Path]) -> None:
    file = opml(
        "<outline text='Syria'><outline text='SANA' xmlUrl='https://sana.example/rss' language='ar'/></outline>"
        "<outline text='T' xmlUrl='http://tass.example/rss'/><outline text='F' xmlUrl='ftp://x.example/'/>"
    )
    result = desk.feeds("import", file, "--tier=2", "--language=en", "--tags=new")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "added sana-example: https://sana.example/rss",
        f"already there: http://tass.example/rss ({desk.file}:4: feed 'tass' has this address already)",
        f"1 feed added to {desk.file}, 1 already there, 1 refused",
        "restart wirewatch to poll them",
    ]
    refusal = "'ftp://x.example/' is no feed address; it begins with http:// or https:// and has a host"
    assert result.stderr == f"ftp://x.example/: {refusal}\n"
    block = "- {id: sana-example, url: https://sana.example/rss, title: SANA, language: ar, tier: 2, tags: [Syria]}\n"
    assert desk.text == LIST + block


def test_a_dry_import_writes_nothing(desk: Desk, opml: Callable[[str], Path]) -> None:
    said = desk.said("import", opml("<outline xmlUrl='https://a.example/'/>"), "--dry-run")
    assert (
        said
        == f"would add a-example: https://a.example/\n1 feed would be added to {desk.file}, 0 already there, 0 refused\n"
    )
    assert desk.text == LIST


def test_an_import_of_what_is_there_changes_nothing_and_ends_well(desk: Desk) -> None:
    before = desk.file.stat()
    exported = desk.folder / "out.opml"
    exported.write_bytes(desk.feeds("export").stdout_bytes)
    assert desk.said("import", exported).endswith("0 feeds added to " + f"{desk.file}, 2 already there, 0 refused\n")
    assert desk.file.stat() == before


def test_an_import_as_json_is_one_document(desk: Desk, opml: Callable[[str], Path]) -> None:
    file = opml(
        "".join(f"<outline xmlUrl='{url}'/>" for url in ("https://a.example/", "https://tass.example/rss", "x"))
    )
    result = desk.feeds("import", file, "--json")
    found = document(result)
    assert (result.exit_code, result.stderr, found["dry_run"]) == (1, "", False)
    assert found["added"] == [{"id": "a-example", "url": "https://a.example/"}]
    assert [(one["url"], one["by"]["line"]) for one in found["present"]] == [("https://tass.example/rss", 4)]
    assert [one["file"] for one in found["refused"]] == ["x"]


def test_a_long_import_is_told_in_short(bare: Desk, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("".join(f"https://{number}.example/\n" for number in range(30)), encoding="utf-8")
    lines = bare.said("import", file).splitlines()
    assert (len(lines), lines[20]) == (23, "... and 10 more")
    assert len(load_of(bare)) == 30


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the list names no feed: no outline in it has an xmlUrl, and no line begins with an address"),
        (b"<html>", "this is no OPML but <html>; 'wirewatch feeds add ADDRESS' adds a single feed"),
        (b"<opml>" + b" " * 10_000_000, "the list has more than 8,000,000 bytes; split it"),
        (b"<!DOCTYPE a [<!ENTITY a 'b'>]><opml/>",
         "the list declares entities of its own, which only an attack does; export it anew"),
    ],
)  # fmt: skip
def test_an_import_of_no_list_is_one_line(desk: Desk, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.opml").write_bytes(content)
    assert desk.refused("import", tmp_path / "x.opml") == f"wirewatch: {said}"


def test_an_import_of_no_file_is_wrong_usage(desk: Desk) -> None:
    result = desk.feeds("import", "nothing.opml")
    assert result.exit_code == 2
    assert (
        result.stderr.splitlines()[-1] == "Error: Invalid value for 'FILE': 'nothing.opml': No such file or directory"
    )


def load_of(desk: Desk) -> list[dict[str, object]]:
    found = document(desk.feeds("export", "--json"))
    assert isinstance(found, list)
    return found


def test_an_export_is_imported_into_an_empty_desk_as_the_same_list(bare: Desk, desk: Desk, tmp_path: Path) -> None:
    desk.said(
        "add", "https://a.example/", "--no-fetch", '--title=<"Ü" & \'co\'>', "--tags=a b,<c>", "--every=90s", "--floor=0s",
        "--baseline", "--fulltext", "--encoding=windows-1256", "--owner=x,y", "--kind=state", "--country=SY",
    )  # fmt: skip
    file = tmp_path / "out.opml"
    file.write_bytes(desk.feeds("export").stdout_bytes)
    bare.said("import", file)
    assert load_of(bare) == load_of(desk)
    assert bare.feeds("export").stdout_bytes == file.read_bytes()


def test_an_export_is_utf_8_whatever_the_terminal_is(desk: Desk) -> None:
    desk.said("add", "https://a.example/", "--no-fetch", "--title=Ünal şİ")
    finished = wirewatch("feeds", "export", "--desk", desk.folder, env={"PYTHONIOENCODING": "ascii"})
    assert 'title="Ünal şİ"' in finished.out


# --- discover


def test_discover_lists_feeds_with_the_command_that_adds_them(desk: Desk, wire: Wire) -> None:
    url = wire.publish("/rss?a=1&b=2", [REPORT], title="The Wire")
    wire.answers["/"] = Answer(body=f"<!doctype html><a href='{url}'>RSS</a><a href='/gone.rss'>old</a>".encode())
    result = desk.feeds("discover", wire.url("/"))
    assert result.exit_code == 0
    heading, row, command = result.stdout.splitlines()
    assert heading.split() == ["FORMAT", "ENTRIES", "NEWEST", "LANG", "TITLE", "ADDRESS", "ON", "THE", "DESK", "AS"]
    assert (
        row.split("  ") == ["RSS", *[""] * 3, "1", *[""] * 3, "2024-08-23 13:10", "-", " The Wire", url, "-"]
        or url in row
    )
    assert command == f"wirewatch feeds add '{url}' --desk {desk.folder}"
    gone = f"{wire.url('/gone.rss')} is no feed that can be read: the server answered 404 Not Found"
    assert result.stderr.startswith(f"wirewatch: {gone}")


def test_a_feed_that_the_desk_has_is_told_under_its_name(bare: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [REPORT])
    bare.said("add", url, "--id=mine")
    result = bare.feeds("discover", url)
    assert result.stdout.splitlines()[1].endswith("mine")
    assert len(result.stdout.splitlines()) == 2


def test_discover_as_json_is_one_document(bare: Desk, wire: Wire) -> None:
    url = wire.publish("/rss", [REPORT])
    found = document(bare.feeds("discover", url, "--json"))
    (feed,) = found["feeds"]
    assert feed == {
        "url": url, "landed": url, "title": "Example Wire", "language": "", "format": "RSS", "entries": 1,
        "newest": "2024-08-23T13:10:00+00:00", "known_as": None,
        "command": f"wirewatch feeds add {url} --desk {bare.folder}",
    }  # fmt: skip
    assert (found["site"], found["failed"], found["unseen"]) == (url, [], 0)


def test_discover_needs_no_desk(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("feeds", "discover", wire.publish("/rss", [REPORT]))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == f"wirewatch feeds add {wire.url('/rss')}"


def test_a_site_without_feeds_ends_with_1(bare: Desk, wire: Wire) -> None:
    wire.answers["/"] = Answer(body=b"<html>")
    result = bare.feeds("discover", wire.url("/"))
    said = f"no feed was found at {wire.url('/')}: it names none that can be read, and none is at the usual addresses"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"wirewatch: {said}\n")
    empty = bare.feeds("discover", wire.url("/"), "--json")
    assert (empty.exit_code, document(empty)["feeds"]) == (1, [])


def test_a_hostile_page_cannot_turn_the_terminal_round(bare: Desk, wire: Wire) -> None:
    wire.publish("/rss", [REPORT], title="Wire \u202e\x1b[31mnews")
    wire.answers["/"] = Answer(
        body="<!doctype html><a href='/rss'>\x1b[2J</a><a href='/\x1b[2J\u202e.rss'>x</a>".encode()
    )
    result = bare.feeds("discover", wire.url("/"))
    assert result.exit_code == 0
    assert not {"\x1b", "\u202e"} & set(result.output)


@pytest.mark.parametrize("site", ["http://[", "a b", "ftp://a.example/"])
def test_discover_of_no_site_is_one_line(bare: Desk, site: str) -> None:
    said = f"wirewatch: {site!r} is no web address, such as example.org or https://example.org/news"
    assert bare.refused("discover", site) == said
