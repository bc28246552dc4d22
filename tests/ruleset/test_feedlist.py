"""feeds.yaml edited: blocks come and go, every other byte stays."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.ruleset.feedblock import Keys
from monitor.ruleset.feedlist import FeedList, added, intake, read_list, removed, write
from tests.conftest import SHIPPED_DESK
from tests.ruleset.lists import BLOCK, NEW, listing, refusal
from tests.ruleset.reading import mistyped


def with_new(text: str, *many: Keys) -> str:
    return added(listing(text), many or (NEW,)).text


def without(text: str, *ids: str) -> str:
    return removed(listing(text), ids).text


def ids(one: FeedList) -> list[str]:
    return [feed.id for feed in one.feeds]


def refused(text: str, *ids_going: str) -> str:
    with pytest.raises(ConfigError) as caught:
        without(text, *ids_going) if ids_going else with_new(text)
    return refusal(caught.value)


# --- files as people write them


@dataclass(frozen=True)
class Drawn:
    """A file in pieces: each line with the feed it belongs to, "" for what is nobody's."""

    lines: list[tuple[str, str]]
    end: str

    @property
    def text(self) -> str:
        return self.without(set())

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(owner for owner, _ in self.lines if owner))

    def without(self, going: set[str]) -> str:
        kept = [line for owner, line in self.lines if owner not in going]
        return self.end.join(kept) + self.end


NAMES = ("alpha", "beta", "gamma", "delta")
REMARKS = ("# ---- world: [all] of {it}", "#", "# - id: alpha", "", "   ", "# ends with a quote '")
VALUES = (
    "UN News",
    "'it''s: a title'",
    '"say \\"no\\" # not a comment"',
    "TASS  # of Russia",
    "Ünïcode – ok",
    "5 # five",
)
OPTIONAL = (
    "tags: [world, 'a, b']",
    "tags:\n{margin}- one\n{margin}- two",
    "tier: 2",
    "title: >-\n{margin}   folded\n\n{margin}   # no comment",
    'title: "over\n{margin}  two lines"',
    "# deeper",
    "every: 5m # often",
)


@st.composite
def drawn_files(draw: st.DrawFn) -> Drawn:
    """A feeds.yaml that is in order, with comments, blank lines and several ways of writing a feed."""
    indent = " " * draw(st.sampled_from((0, 0, 2, 4)))
    lines = [("", remark) for remark in draw(st.lists(st.sampled_from(REMARKS), max_size=2))]
    lines.append(("", draw(st.sampled_from(("feeds:", "feeds: # all: of them", '"feeds":')))))
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        lines += [("", f"{indent}{remark}") for remark in draw(st.lists(st.sampled_from(REMARKS), max_size=2))]
        block = draw(feed_blocks(name, indent))
        lines += [(name, line) for line in block.split("\n")]
    lines += [("", f"{indent}{remark}") for remark in draw(st.lists(st.sampled_from(REMARKS), max_size=2))]
    lines += [("", "...")] * draw(st.integers(0, 1))
    return Drawn(lines, draw(st.sampled_from(("\n", "\r\n"))))


@st.composite
def feed_blocks(draw: st.DrawFn, name: str, indent: str) -> str:
    dash = draw(st.sampled_from(("- ", "-   ", "- # by hand\n", "-\n")))
    gap = 2 if dash.endswith("\n") else len(dash)
    margin = indent + " " * gap
    url = draw(st.sampled_from((f"https://{name}.example/rss?a=1&b=2#top", f"'https://{name}.example/'")))
    if draw(st.booleans()):
        flow = draw(st.sampled_from((", ", ",\n" + margin + " ")))
        return f"{indent}- {{id: {name}{flow}url: {url.replace('?a=1&b=2', '')}{flow}title: 'x, }}'}}"
    title = f"title: {draw(st.sampled_from(VALUES))}"
    chosen = draw(st.lists(st.sampled_from(OPTIONAL), max_size=2, unique_by=lambda pair: pair.split(":")[0]))
    chosen = [pair for pair in chosen if not pair.startswith("title")] or [title]
    pairs = [f"id: {name}", f"url: {url}", *(pair.format(margin=margin) for pair in chosen)]
    if dash.endswith("\n"):
        return f"{indent}{dash}" + "\n".join(margin + pair for pair in pairs)
    return indent + dash + ("\n" + margin).join(pairs)


@given(drawn_files(), st.data())
def test_removal_takes_the_blocks_and_leaves_every_other_byte(file: Drawn, data: st.DataObject) -> None:
    going = data.draw(st.sets(st.sampled_from(file.ids), min_size=1))
    after = removed(listing(file.text), going)
    expected = file.without(going)
    if going == set(file.ids):
        expected = expected.replace("feeds:", "feeds: []", 1).replace('"feeds":', '"feeds": []', 1)
    assert after.text == expected
    assert ids(after) == [name for name in file.ids if name not in going]


@given(drawn_files())
def test_a_feed_is_added_behind_the_others_and_every_other_byte_stays(file: Drawn) -> None:
    before = listing(file.text)
    after = added(before, [NEW])
    at = next(n for n, (a, b) in enumerate(zip(after.text + "\0", before.text + "\1", strict=False)) if a != b)
    length = len(after.text) - len(before.text)
    assert any(after.text[:n] + after.text[n + length :] == before.text for n in range(at + 1))
    assert ids(after) == [*ids(before), "new"]
    assert after.feeds[:-1] == before.feeds


@given(drawn_files())
def test_what_was_added_and_removed_again_leaves_no_trace(file: Drawn) -> None:
    assert removed(added(listing(file.text), [NEW]), ["new"]).text == file.text


TRICKY = st.text("ab :#?-,[]{}'\"\\&*!|>%@`\n\t~.0/=", min_size=1, max_size=8)


@given((TRICKY | st.text(st.characters(exclude_categories=["Cs"]), min_size=1)).filter(str.strip), st.booleans())
def test_every_title_and_tag_is_read_as_it_was_given(title: str, flow: bool) -> None:
    text = "feeds:\n- {url: 'https://a.example/'}\n" if flow else "feeds: []\n"
    (feed,) = added(listing(text), [{**NEW, "title": title, "tags": (title,), "owner": title}]).feeds[-1:]
    assert (feed.title, feed.tags, feed.owner) == (title, (title,), title)


@given(
    mistyped(
        "# all\nfeeds:\n- id: a\n  url: https://a.example/rss\n  tags: [x]\n\n- {url: 'https://b.example'}\n# end\n"
    )
)
def test_a_file_with_slips_is_edited_rightly_or_refused(text: str) -> None:
    try:
        before = listing(text.encode(errors="replace").decode())
        after = added(before, intake(before, [NEW]).new)
    except ConfigError as error:
        assert error.problems  # noqa: PT017 - either end is right
    else:
        assert after.feeds[: len(before.feeds)] == before.feeds


def test_the_shipped_list_takes_a_feed_and_gives_it_back() -> None:
    before = read_list(SHIPPED_DESK / "feeds.yaml")
    after = added(before, [NEW])
    assert after.text == before.text + BLOCK
    assert removed(after, ["new"]).text == before.text
    assert removed(before, [ids(before)[0]]).text.count("\n#") == before.text.count("\n#")


# --- how a block is written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("feeds: []\n", f"feeds:\n{BLOCK}"),
        ("feeds: [ ]  # none yet\n# end\n", f"feeds: # none yet\n{BLOCK}# end\n"),
        ("feeds:\n", f"feeds:\n{BLOCK}"),
        ("feeds:", f"feeds:\n{BLOCK}"),
        ("feeds: null # none\n", f"feeds: # none\n{BLOCK}"),
        ("feeds: ~\n...\n", f"feeds:\n{BLOCK}...\n"),
    ],
)
def test_a_list_without_feeds_is_opened(text: str, expected: str) -> None:
    assert with_new(text) == expected


def test_a_block_is_indented_as_the_last_one() -> None:
    text = "feeds:\n   -   url: https://a.example/\n"
    assert with_new(text) == text + "".join(
        f"   {'-' if number == 0 else ' '}   {line[2:]}\n" for number, line in enumerate(BLOCK.splitlines())
    )


def test_behind_feeds_in_braces_it_stands_in_braces() -> None:
    text = "feeds:\n  - {id: a, url: https://a.example/}\n"
    block = '  - {id: new, url: https://new.example/rss, title: "A new: one", tags: [a, "b, c"]}\n'
    assert with_new(text) == text + block


def test_a_file_keeps_its_line_ends_and_its_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_bytes(b"\xef\xbb\xbffeeds: [] # x\r\n# end\r\n")
    before = read_list(file)
    write(before, added(before, [NEW]))
    assert file.read_bytes() == b"\xef\xbb\xbffeeds: # x\r\n" + BLOCK.replace("\n", "\r\n").encode() + b"# end\r\n"


def test_the_last_line_gets_an_end_before_a_block_follows() -> None:
    assert with_new("feeds:\n- url: https://a.example/") == f"feeds:\n- url: https://a.example/\n{BLOCK}"


@pytest.mark.parametrize(
    "title", ["no", "12:30", "0x1", "2024", "a: b", "a #b", "- a", "[a]", "a,b", "", " a", "x\u2028y"]
)
def test_what_another_reader_of_yaml_would_take_for_something_else_is_quoted(title: str) -> None:
    if title:
        line = with_new("feeds: []\n", {**NEW, "title": title}).splitlines()[3]
        assert line.startswith('  title: "')


def test_comments_in_a_block_go_with_it_and_those_of_sections_stay() -> None:
    text = (
        "feeds:\n# ---- first\n- id: a\n  # why\n  url: https://a.example/ # here\n  # under it\n\n  # after a gap\n"
        "# ---- second\n- url: https://b.example/\n"
    )
    after = "feeds:\n# ---- first\n\n  # after a gap\n# ---- second\n- url: https://b.example/\n"
    assert without(text, "a") == after


# --- what is refused


@pytest.mark.parametrize(
    "text",
    [
        "feeds: [{url: 'https://a.example/'}]\n",
        "{feeds: []}\n",
        "{feeds: [{url: 'https://a.example/'}]}",
        "? feeds\n: - url: https://a.example/\n",
        "feeds:\n- url: https://a.example/\n  title: |+\n    kept\n\n\n",
        "feeds: [\n]\n",
    ],
)
def test_a_layout_that_only_a_person_should_edit_is_refused(text: str) -> None:
    line = refused(text)
    assert line.startswith("feeds.yaml:")
    assert line.endswith(
        "the list is laid out in a way that only a person should edit; write each feed as a block, '- url: ...'"
    )


def test_a_list_in_brackets_gives_no_feed_away() -> None:
    assert "only a person should edit" in refused("feeds: [{url: 'https://a.example/'}]\n", "a-example")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "feeds.yaml: the file is empty"),
        ("# nothing\n", "feeds.yaml: the file is empty"),
        ("feeds: none\n", "feeds.yaml:1:8: 'feeds' is a list; begin each item with '- ' or write [a, b]"),
        ("feeds:\n- {url: 'https://a.example/', tier: 9}\n",
         "feeds.yaml:2:37: 'tier' is a whole number from 1 to 4, not '9'"),
        ("feed: []\n", "feeds.yaml:1:1: unknown key 'feed' in feeds.yaml; did you mean 'feeds'?"),
    ],
)  # fmt: skip
def test_a_list_with_problems_is_not_edited(text: str, said: str) -> None:
    assert refused(text) == said


def test_a_list_that_is_not_there_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_list(tmp_path / "feeds.yaml")
    assert refusal(caught.value) == (
        "feeds.yaml: the desk has no list of feeds yet; make this file with the line 'feeds: []'"
    )
    with pytest.raises(ConfigError) as caught:
        read_list(tmp_path / "none" / "feeds.yaml")
    assert refusal(caught.value) == "none: there is no such folder; name the desk with --desk DIR"


def test_a_list_that_is_no_text_or_too_large_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_bytes(b"feeds:\n- \xff\n")
    with pytest.raises(ConfigError, match="the file is not UTF-8 from here on"):
        read_list(file)
    file.write_bytes(b"#" * 8_000_001)
    with pytest.raises(ConfigError, match="more than 8,000,000; split it"):
        read_list(file)


def test_a_list_that_would_grow_too_large_is_left_alone() -> None:
    before = listing("feeds: []\n" + ("# " + "x" * 100 + "\n") * 77_000)
    with pytest.raises(ConfigError, match="it would have more than 8,000,000 bytes; nothing was written"):
        added(before, [{**NEW, "title": "x" * 200_000}])
