"""What a list of feeds takes in, what it refuses and why, and how it gets onto the disk."""

import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.errors import ConfigError
from monitor.ruleset.feedblock import Keys
from monitor.ruleset.feedlist import added, intake, read_list, write
from tests.ruleset.lists import BLOCK, NEW, listing

# --- what is taken in


BOTH = "feeds:\n- {id: a, url: 'https://a.example/rss'}\n- {id: b, url: 'https://b.example/rss?utm_source=x'}\n"


@pytest.mark.parametrize(
    "url", ["https://a.example/rss", "http://www.a.example/rss/", "https://A.example:443/rss#top", "https://a.example/rss?fbclid=1"]
)  # fmt: skip
def test_an_address_that_is_listed_is_told_with_its_line(url: str) -> None:
    found = intake(listing(BOTH), [{"url": url}])
    ((present, problem),) = found.present
    assert (present, problem.line, problem.message) == (url, 2, "feed 'a' has this address already")
    assert (found.new, found.refused) == ((), ())


def test_an_id_that_is_taken_is_told_with_its_line() -> None:
    (problem,) = intake(listing(BOTH), [{"url": "https://c.example/", "id": "b"}]).refused
    assert (problem.line, problem.message) == (3, "feed 'b' has this id already; give https://c.example/ another")


def test_of_two_offers_with_one_address_the_first_counts() -> None:
    found = intake(listing(BOTH), [{"url": "https://c.example/"}, {"url": "http://c.example"}])
    assert [keys["url"] for keys in found.new] == ["https://c.example/"]
    assert [str(problem) for _, problem in found.present] == [
        "https://c.example/: feed 'c-example' has this address already"
    ]


def test_an_id_is_made_of_the_host_then_of_the_path_then_a_number() -> None:
    host = "https://feeds.bbci.co.uk"
    offers = [
        {"url": f"{host}{path}"} for path in ("/rss.xml", "/news/world/rss.xml", "/sport/world/feed", "/rss", "/feed")
    ]
    assert [keys["id"] for keys in intake(listing("feeds: []"), offers).new] == [
        "feeds-bbci-co-uk", "feeds-bbci-co-uk-world", "feeds-bbci-co-uk-2", "feeds-bbci-co-uk-3", "feeds-bbci-co-uk-4",
    ]  # fmt: skip


def test_an_id_made_of_a_long_host_keeps_to_its_length() -> None:
    url = f"https://{'a' * 63}.example"
    made = [str(keys["id"]) for keys in intake(listing("feeds: []"), [{"url": url}, {"url": f"{url}/b"}]).new]
    assert made == ["a" * 63 + "-", "a" * 56 + "-2"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"url": "ftp://a.example/"}, "ftp://a.example/: 'ftp://a.example/' is no feed address"),
        ({"url": "http://["}, "http://[: 'http://[' is no feed address"),
        ({"url": "https://u:p@c.example/"}, "a password does not belong into an address"),
        ({"url": "https://c.example/", "every": "9y"}, "https://c.example/: 'every' is a duration from 1s to 7d"),
        ({"url": "https://c.example/", "language": "english"}, "'language' is a language code"),
        ({"url": "https://c.example/", "title": "  "}, "'title' is an empty text"),
        ({"url": "https://c.example/", "tags": ("a", "")}, "an item of 'tags' is an empty text"),
        ({"url": "https://c.example/", "id": "A B"}, "feed id 'A B': use lower-case letters"),
        ({"url": "https://c.example/", "title": "\udcff"}, "half a character stands in it; give every value as UTF-8"),
        ({"url": "https://c.example/", "tgas": "x"}, "unknown key 'tgas' in a feed; did you mean 'tags'?"),
    ],
)
def test_an_offer_that_is_not_in_order_is_refused_with_its_reason(keys: Keys, said: str) -> None:
    found = intake(listing(BOTH), [keys])
    assert found.new == ()
    assert said in " ".join(str(problem) for problem in found.refused)


def test_a_feed_is_found_by_id_by_address_and_by_what_is_the_same_address() -> None:
    one = listing(BOTH)
    found = [one.find(name) for name in ("a", "https://b.example/rss?utm_source=x", "http://b.example/rss", "c")]
    assert [each.feed.id if each else None for each in found] == ["a", "b", "b", None]
    assert one.nearest("https://a.example/rs") == "; did you mean 'https://a.example/rss'?"
    assert one.nearest("zzz") == ""


# --- writing


@contextmanager
def small_files() -> Iterator[None]:
    """No file can be written beyond ten bytes, as on a full disk."""
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, was[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)


def test_a_file_is_replaced_with_its_permissions_behind_its_link(tmp_path: Path) -> None:
    real, link = tmp_path / "kept" / "list.yaml", tmp_path / "feeds.yaml"
    real.parent.mkdir()
    real.write_text("feeds: []\n", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(Path("kept") / "list.yaml")
    before = read_list(link)
    write(before, added(before, [NEW]))
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == f"feeds:\n{BLOCK}"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert list(real.parent.iterdir()) == [real]


def test_what_somebody_else_wrote_meanwhile_is_not_lost(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text("feeds: []\n", encoding="utf-8")
    before = read_list(file)
    file.write_text("feeds: [] # mine\n", encoding="utf-8")
    with pytest.raises(
        ConfigError, match="somebody else changed this file meanwhile; nothing was written, run this again"
    ):
        write(before, added(before, [NEW]))
    assert file.read_text(encoding="utf-8") == "feeds: [] # mine\n"


def test_a_full_disk_leaves_the_list_as_it_was_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text("feeds: []\n", encoding="utf-8")
    before = read_list(file)
    with pytest.raises(OSError, match="File too large"), small_files():
        write(before, added(before, [NEW]))
    assert file.read_text(encoding="utf-8") == "feeds: []\n"
    assert list(tmp_path.iterdir()) == [file]
