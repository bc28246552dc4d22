"""feeds.yaml to feeds."""

from datetime import timedelta

import pytest
from hypothesis import given, settings

from monitor import yamlfile
from monitor.core.feed import KINDS, Feed
from monitor.ruleset.feeds import read_feeds
from monitor.yamlfile import Problems
from tests.ruleset.reading import mistyped, node, noted, outside

COMPLETE = """\
feeds:
- id: tass-en
  url: https://tass.com/rss/v2.xml
  title: TASS
  language: en
  country: RU
  tier: 2
  owner: Russian government
  kind: state
  tags: [world, "state media"]
  every: 5m
- {url: "https://www.anf-english.com/feed"}
"""


def read(text: str) -> tuple[dict[str, Feed], list[str]]:
    problems = Problems()
    return read_feeds(node(text), problems), noted(problems)


def test_a_complete_feed_is_read_as_it_is_written() -> None:
    feeds, problems = read(COMPLETE)
    assert problems == []
    assert feeds["tass-en"] == Feed(
        id="tass-en",
        url="https://tass.com/rss/v2.xml",
        host="tass.com",
        title="TASS",
        language="en",
        country="RU",
        tier=2,
        owner="Russian government",
        kind="state",
        tags=("world", "state media"),
        every=timedelta(minutes=5),
    )


def test_an_address_alone_is_a_feed_named_after_its_host() -> None:
    feeds, _ = read(COMPLETE)
    assert feeds["anf-english-com"] == Feed(
        id="anf-english-com",
        url="https://www.anf-english.com/feed",
        host="www.anf-english.com",
        title="www.anf-english.com",
        language="en",
        country="",
        tier=3,
        owner="",
        kind="press",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_media_may_be_named(kind: str) -> None:
    feeds, problems = read(f"feeds: [{{url: 'https://a.example/', kind: {kind}}}]")
    assert problems == []
    assert [feed.kind for feed in feeds.values()] == [kind]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080/rss", "https://пример.рф/rss", "https://[::1]/rss", "http://a.example/?q=site:b.example+x&hl=en"],
)  # fmt: skip
def test_an_address_of_the_web_is_a_feed_address(url: str) -> None:
    feeds, problems = read(f"feeds: [{{id: a, url: '{url}'}}]")
    assert problems == []
    assert feeds["a"].url == url


@pytest.mark.parametrize(
    "url",
    [
        "a.example/rss",
        "ftp://a.example/rss",
        "file:///etc/passwd",
        "http:///rss",
        "http://[::1/rss",
        "http://a.example:99999/",
        "http://a.example:port/",
        "http://a.example/a b",
        "http://a.example/<x>",
        "http://a.exam\\tple/",
        "http://a.example/\\0",
        "javascript:alert(1)",
    ],
)
def test_any_other_address_is_told(url: str) -> None:
    feeds, problems = read(f'feeds: [{{id: a, url: "{url}"}}]')
    assert feeds == {}
    (problem,) = problems
    assert problem.startswith("file.yaml:1:22: ")
    assert problem.endswith("is no feed address; it begins with http:// or https:// and has a host")


def test_an_address_that_makes_no_id_asks_for_one() -> None:
    _, problems = read("feeds: [{url: 'https://пример.рф/'}]")
    assert problems == ["file.yaml:1:15: no id can be made of this address; give the feed an 'id'"]


def test_two_feeds_of_one_host_without_ids_are_asked_for_ids() -> None:
    _, problems = read("feeds:\n- {url: 'https://a.example/1'}\n- {url: 'https://a.example/2'}")
    assert problems == ["file.yaml:3:3: feed id 'a-example' again; give each feed its own 'id'"]


def test_two_feeds_of_one_address_would_be_polled_twice_and_are_told() -> None:
    _, problems = read("feeds:\n- {id: a, url: 'https://a.example/'}\n- {id: b, url: 'https://a.example/'}")
    assert problems == ["file.yaml:3:3: feed 'b' has the address of feed 'a'; remove one of them"]


@pytest.mark.parametrize("written", ["TASS", "tass en", "-tass", "tass.en", "a" * 65])
def test_an_id_is_plain_and_short(written: str) -> None:
    _, problems = read(f"feeds: [{{id: {written}, url: 'https://a.example/'}}]")
    assert problems == [f"file.yaml:1:14: feed id {written!r}: use lower-case letters, digits and '-', at most 64"]


def test_every_fault_of_every_feed_is_told_at_once() -> None:
    _, problems = read(
        """\
        feeds:
        - url: https://a.example/
          lang: en
          country: Turkey
          tier: 9
        - {title: B}
        - url: https://c.example/
          every: 1y
          tags: world
        """
    )
    assert problems == [
        "file.yaml:3:3: unknown key 'lang' in a feed; did you mean 'language'?",
        "file.yaml:4:12: 'country' is a country code of two capitals such as TR, not 'Turkey'",
        "file.yaml:5:9: 'tier' is a whole number from 1 to 4, not '9'",
        "file.yaml:6:3: a feed lacks 'url'; add it",
        "file.yaml:8:10: 'every' is a duration from 1s to 7d, written as 90s, 10m, 6h or 3d, not '1y'",
        "file.yaml:9:9: 'tags' is a list; begin each item with '- ' or write [a, b]",
    ]


def test_a_file_without_the_key_feeds_says_so() -> None:
    assert read("feed: []") == ({}, ["file.yaml:1:1: unknown key 'feed' in feeds.yaml; did you mean 'feeds'?"])
    assert read("- url: https://a.example/") == (
        {},
        ["file.yaml:1:1: feeds.yaml is a mapping of keys to values (version, feeds)"],
    )


@settings(max_examples=300, deadline=2000)
@given(mistyped(COMPLETE))
def test_any_feed_list_gives_feeds_or_problems_with_places_in_it(text: str) -> None:
    text = text.replace("\r", "\n")
    problems = Problems()
    root = yamlfile.parse(text, "f", problems)
    feeds = read_feeds(root, problems) if root is not None else {}
    assert outside(problems, text) == []
    assert problems or all(feed.id and feed.url.isprintable() and feed.host for feed in feeds.values())


def test_a_file_of_feeds_may_say_its_version_as_the_others_do() -> None:
    assert read("version: 1\nfeeds: [{url: 'https://a.example/'}]")[1] == []
    assert read("version: 2\nfeeds: [{url: 'https://a.example/'}]")[1] == [
        "file.yaml:1:10: this program reads 'version: 1', not '2'"
    ]
