"""Lists of feeds brought in, given away and found on sites by command."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.feedlists import LIST, LOOPBACK, Desk
from tests.cli.running import document, run
from tests.support.http import Answer
from tests.support.program import wirewatch
from tests.support.wire import Item, Wire

REPORT = Item(title="A report", link="https://news.example/1")


@pytest.fixture(name="opml")
def _opml(tmp_path: Path) -> Callable[[str], Path]:
    def written(body: str) -> Path:
        file = tmp_path / "list.opml"
        file.write_text(f"<opml version='2.0'><body>{body}</body></opml>", encoding="utf-8")
        return file

    return written


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
        "a running wirewatch polls them from now on",
    ]
    refusal = "'ftp://x.example/' is no feed address; it begins with http:// or https:// and has a host"
    assert result.stderr == f"ftp://x.example/: {refusal}\n"
    block = "- {id: sana-example, url: https://sana.example/rss, title: SANA, language: ar, tier: 2, tags: [Syria]}\n"
    assert desk.text == LIST + block


def test_a_dry_import_writes_nothing(desk: Desk, opml: Callable[[str], Path]) -> None:
    said = desk.said("import", opml("<outline xmlUrl='https://a.example/'/>"), "--dry-run").splitlines()
    assert said == [
        "would add a-example: https://a.example/",
        f"1 feed would be added to {desk.file}, 0 already there, 0 refused",
    ]
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
        "add", "https://a.example/", "--no-fetch", '--title=<"Ü" & \'co\'>', "--tags=a b,<c>", "--every=90s",
        "--floor=0s",
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
    Path("near.yaml").write_text(LOOPBACK, encoding="utf-8")
    result = run("feeds", "discover", wire.publish("/rss", [REPORT]), "--config", "near.yaml")
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
