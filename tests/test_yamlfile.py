"""YAML as nodes with places: what is read, what is refused, and in which words."""

import os
import time
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import yamlfile
from monitor.yamlfile import Node, Problems
from tests.ruleset.reading import mistyped, node, noted, outside

SHORT, LONG = timedelta(seconds=1), timedelta(days=7)
AT_ONCE = 3.0


def complaints(text: str) -> list[str]:
    problems = Problems()
    assert yamlfile.parse(text, "f", problems) is None
    return noted(problems)


def entry(text: str, key: str = "a") -> Node:
    root = node(text)
    assert isinstance(root.value, dict)
    return root.value[key]


@pytest.mark.parametrize(
    "written", ["no", "yes", "on", "12:30", "0123", "1e3", "0x1F", "2024-08-23", "1_000", "true", ".5"]
)
def test_every_bare_word_stays_the_text_that_was_written(written: str) -> None:
    assert entry(f"a: {written}").value == written


@pytest.mark.parametrize("written", ["", " ", " # later", " ~", " null"])
def test_a_key_with_nothing_behind_it_is_empty_and_a_quoted_nothing_is_not(written: str) -> None:
    assert entry(f"a:{written}").empty
    assert not entry(f"a: '{written.strip()}'").empty


def test_keys_values_and_items_know_their_line_and_column() -> None:
    root = node("\n# a comment\na: x\nlist:\n  - {b: [y, z]}\n")
    assert isinstance(root.value, dict)
    assert (root.line, root.column) == (3, 1)
    assert (root.keys["list"].line, root.keys["list"].column) == (4, 1)
    items = root.value["list"].value
    assert isinstance(items, list)
    assert isinstance(items[0].value, dict)
    assert (items[0].line, items[0].column) == (5, 5)
    within = items[0].value["b"].value
    assert [(one.line, one.column) for one in within if isinstance(one, Node)] == [(5, 10), (5, 13)]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("a: x and y", 0),
        ("a: 'x and y'", 1),
        ('a: "x and y"', 1),
        ("a: 'it''s'", None),
        ('a: "x\\ty"', None),
        ("a: x and\n  y", None),
        ("a: >-\n  x and y", None),
        ("a: |\n  x\n", None),
    ],
)
def test_a_text_in_one_piece_knows_where_its_first_character_stands(text: str, inside: int | None) -> None:
    assert entry(text).inside == inside


def test_a_key_that_comes_again_is_told_with_its_first_line_and_does_not_count() -> None:
    problems = Problems()
    root = yamlfile.parse("a: 1\nb: 2\na: 3\n", "f", problems)
    assert root is not None
    assert isinstance(root.value, dict)
    assert root.value["a"].value == "1"
    assert noted(problems) == ["f:3:1: key 'a' again; first on line 1, remove one of them"]


NO_KEY = "no key can stand here; check how far it is indented, and that the line above ends as it should"
ENDED = "the value ended before this; put quotes around all of it, and write ' within '...' twice"
ANCHOR = "anchors (&) and aliases (*) are not used here; write the value out, or quote a text that begins so"
SIGN = "a text that begins with a sign needs quotes around it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f: the file is empty"),
        ("# nothing yet\n", "f: the file is empty"),
        ("~", "f: the file is empty"),
        ("a: b: c", "f:1:5: a text that holds ': ' needs quotes around it"),
        ("a: b\n  c: d", f"f:2:4: {NO_KEY}"),
        ("a\nb: c", f"f:2:2: {NO_KEY}"),
        ("a:\n\t- b", "f:2:1: a tab cannot indent YAML; use spaces"),
        ("a: x\n\tb: y", "f:2:1: a tab cannot indent YAML; use spaces"),
        ("a: 'x\ty': z", "f:1:9: a text that holds ': ' needs quotes around it"),
        ('a: "b\nc: d\n', "f:1:4: this quote is never closed"),
        ("a: 'it's'", f"f:1:8: {ENDED}"),
        ("a: [b] c", f"f:1:8: {ENDED}"),
        ("a: [b, c\nd: e", "f:1:4: this bracket is never closed, or a comma is missing in it"),
        ("a: {b: c\nd: e", "f:1:4: this bracket is never closed, or a comma is missing in it"),
        ("a: [", "f:1:5: the file ends inside [ or {; close the bracket"),
        ("a: [, b]", "f:1:5: a value is missing before this; or take the comma out"),
        ("a: @b", f"f:1:4: {SIGN}"),
        ("a: `b`", f"f:1:4: {SIGN}"),
        ("a: %b", f"f:1:4: {SIGN}"),
        ("a: * b", f"f:1:5: {SIGN}"),
        ('a: "\\q"', """f:1:6: within "..." a backslash is written \\\\; within '...' it stands for itself"""),
        ('a: "\\ud800"', "f:1:4: an escape here makes half a character; write the character itself"),
        ('a: "\\UFFFFFFFF"', "f:1:5: this \\U escape names no character"),
        ("a: b\x07", "f:1:5: the character U+0007 is not allowed in YAML; remove it"),
        ("a:\n  - b\n c: d", "f:3:2: this line is indented unlike the lines above it"),
        ("- a\nb: c", "f:2:1: the list above goes on here; begin the line with '- '"),
        ("a: b\n- c", "f:2:1: a key was expected here; indent the list below its key"),
        ("a:\n- b\n-c\n", "f:3:1: a key has ': ' behind it, a list item begins with '- '"),
        ("a: - b", "f:1:4: no list can begin here; put its first '- ' on a line of its own"),
        ("a: |x\n b", "f:1:5: behind | or > stand only + or -, and the text on the lines below"),
        ("--- a\n--- b", "f:2:1: a second document ('---') begins here; use one file for each"),
        ("a: &x b", f"f:1:4: {ANCHOR}"),
        ("a: *x", f"f:1:4: {ANCHOR}"),
        ("a: !!int 3", "f:1:4: tags (!) are not used here; write the value alone, or quote a text that begins so"),
    ],
)  # fmt: skip
def test_a_slip_is_told_in_words_that_say_what_to_do(text: str, said: str) -> None:
    assert complaints(text) == [said]


def test_a_key_that_is_a_list_is_told_and_left_out() -> None:
    problems = Problems()
    root = yamlfile.parse("? [a]\n: b\nc: d", "f", problems)
    assert root is not None
    assert set(root.value) == {"c"}
    assert noted(problems) == ["f:1:3: a key is a plain text"]


def test_a_file_is_read_with_a_byte_order_mark_and_with_the_line_ends_of_windows(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes("\ufeffa: x\r\nb: y: z\r\n".encode())
    problems = Problems()
    assert yamlfile.load(path, "f", problems) is None
    assert noted(problems) == ["f:2:5: a text that holds ': ' needs quotes around it"]


def test_a_file_that_is_not_utf_8_is_told_with_the_place_of_the_first_wrong_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: Türkiye\nb: ".encode() + "Türkiye".encode("latin-1"))
    problems = Problems()
    assert yamlfile.load(path, "f", problems) is None
    assert noted(problems) == ["f:2:5: the file is not UTF-8 from here on (byte 17); save it as UTF-8"]


def test_a_file_that_is_not_there_and_a_folder_are_told_without_a_traceback(tmp_path: Path) -> None:
    problems = Problems()
    assert yamlfile.load(tmp_path / "none.yaml", "none.yaml", problems) is None
    assert yamlfile.load(tmp_path, "folder", problems) is None
    assert noted(problems) == [
        "folder: the file cannot be read: Is a directory",
        "none.yaml: the file cannot be read: No such file or directory",
    ]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    problems = Problems()
    assert yamlfile.load(tmp_path / "pipe.yaml", "pipe.yaml", problems) is None
    assert noted(problems) == ["pipe.yaml: this is no file that can be read; take it out"]


def test_a_file_of_nine_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"a: b\n" * 1_800_000)
    problems, start = Problems(), time.monotonic()
    assert yamlfile.load(path, "f", problems) is None
    assert time.monotonic() - start < AT_ONCE
    assert noted(problems) == ["f: the file has 9,000,000 bytes, more than 8,000,000; split it"]


@pytest.mark.parametrize("opening", ["[", "{", "- ", "? ", "{a: "])
def test_values_ten_thousand_deep_are_refused_at_once(opening: str) -> None:
    start = time.monotonic()
    (said,) = complaints(opening * 10_000)
    assert time.monotonic() - start < AT_ONCE
    assert said.endswith(f"values nest deeper than {yamlfile.DEEPEST}")


def test_thirty_levels_are_enough_for_anybody() -> None:
    assert yamlfile.parse("[" * yamlfile.DEEPEST + "]" * yamlfile.DEEPEST, "f", Problems()) is not None


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    names = "abcdefghij"
    bomb = "a: &a [lol, lol]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in pairwise(names)
    )
    start = time.monotonic()
    (said,) = complaints(bomb)
    assert time.monotonic() - start < AT_ONCE
    assert said.startswith("f:1:4: anchors (&) and aliases (*) are not used here")


def test_a_mapping_gives_its_known_keys_and_tells_unknown_missing_and_empty_ones() -> None:
    problems = Problems()
    root = node("a: 1\nownr: 2\nb:\n")
    found = yamlfile.mapping(root, problems, known=("a", "b", "owner", "c"), required=("c", "owner"), what="a thing")
    assert {key: value.value for key, value in found.items()} == {"a": "1"}
    assert noted(problems) == [
        "file.yaml:1:1: a thing lacks 'c'; add it",
        "file.yaml:2:1: unknown key 'ownr' in a thing; did you mean 'owner'?",
        "file.yaml:3:1: 'b' has no value; give one or remove the key",
    ]


def test_a_list_where_a_mapping_belongs_is_told_with_the_keys_there_are() -> None:
    problems = Problems()
    assert yamlfile.mapping(node("- a"), problems, known=("id", "url"), required=("id",), what="a feed") == {}
    assert yamlfile.pairs(node("- a"), problems, "'groups'") == []
    assert noted(problems) == [
        "file.yaml:1:1: 'groups' is a mapping of names to values",
        "file.yaml:1:1: a feed is a mapping of keys to values (id, url)",
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[x]", "'a' is a text; put it in quotes if it holds ': ', ' #', [ or {"),
        ("{x: y}", "'a' is a text; put it in quotes if it holds ': ', ' #', [ or {"),
        ("''", "'a' is an empty text; write one, or remove it"),
        ('"  "', "'a' is an empty text; write one, or remove it"),
    ],
)
def test_what_is_no_text_gives_nothing_and_is_told(written: str, said: str) -> None:
    problems = Problems()
    assert yamlfile.text(entry(f"a: {written}"), problems, "'a'") == ""
    assert noted(problems) == [f"file.yaml:1:4: {said}"]


def test_of_a_list_of_texts_only_the_wrong_items_are_told() -> None:
    problems = Problems()
    assert yamlfile.texts(entry("a: [x, [y], '', z]"), problems, "'a'") == ("x", "", "", "z")
    assert yamlfile.texts(entry("a: x"), problems, "'a'") == ()
    assert noted(problems) == [
        "file.yaml:1:4: 'a' is a list; begin each item with '- ' or write [a, b]",
        "file.yaml:1:8: an item of 'a' is a text; put it in quotes if it holds ': ', ' #', [ or {",
        "file.yaml:1:13: an item of 'a' is an empty text; write one, or remove it",
    ]


@pytest.mark.parametrize("written", ["1", "64", "007"])
def test_a_whole_number_is_taken_within_its_bounds(written: str) -> None:
    problems = Problems()
    assert yamlfile.whole(entry(f"a: {written}"), problems, "'a'", 1, 64) == int(written)
    assert noted(problems) == []


@pytest.mark.parametrize("written", ["0", "65", "-1", "1.5", "1_0", "many", "٣", "9" * 60])
def test_any_other_number_is_told_with_the_bounds(written: str) -> None:
    problems = Problems()
    assert yamlfile.whole(entry(f"a: {written}"), problems, "'a'", 1, 64) == 1
    assert noted(problems) == [f"file.yaml:1:4: 'a' is a whole number from 1 to 64, not '{written}'"]


@pytest.mark.parametrize(
    ("written", "value"),
    [("90s", timedelta(seconds=90)), ("10m", timedelta(minutes=10)), ("6 h", timedelta(hours=6)), ("7d", LONG)],
)
def test_a_duration_is_a_number_and_a_unit(written: str, value: timedelta) -> None:
    problems = Problems()
    assert yamlfile.duration(entry(f"a: {written}"), problems, "'a'", SHORT, LONG) == value
    assert noted(problems) == []


@pytest.mark.parametrize("written", ["10", "10 minutes", "0s", "8d", "1h30m", "-5m", "1.5h", "٣d"])
def test_any_other_duration_is_told_with_the_bounds(written: str) -> None:
    problems = Problems()
    assert yamlfile.duration(entry(f"a: {written}"), problems, "'a'", SHORT, LONG) == SHORT
    bounds = "'a' is a duration from 1s to 7d, written as 90s, 10m, 6h or 3d"
    assert noted(problems) == [f"file.yaml:1:4: {bounds}, not '{written}'"]


@pytest.mark.parametrize("digits", [8, 30, 5000])
def test_a_duration_of_thousands_of_digits_is_too_long_and_no_crash(digits: int) -> None:
    problems = Problems()
    assert yamlfile.duration(entry(f"a: {'9' * digits}d"), problems, "'a'", SHORT, LONG) == SHORT
    assert len(problems.found) == 1


def test_a_date_is_written_with_the_year_first() -> None:
    problems = Problems()
    assert yamlfile.day(entry("a: 2027-06-30"), problems, "'a'") == date(2027, 6, 30)
    assert yamlfile.day(entry("a: 30.6.2027"), problems, "'a'") is None
    assert yamlfile.day(entry("a: 2027-02-30"), problems, "'a'") is None
    assert noted(problems) == [
        "file.yaml:1:4: 'a' is a date, written as 2027-06-30, not '30.6.2027'",
        "file.yaml:1:4: 'a' is a date, written as 2027-06-30; there is no 2027-02-30, for February 2027 has 28 days",
    ]


def test_a_choice_names_what_may_be_chosen_and_the_nearest_of_it() -> None:
    problems = Problems()
    assert yamlfile.choice(entry("a: high"), problems, "'a'", ("high", "low")) == "high"
    assert yamlfile.choice(entry("a: hgih"), problems, "'a'", ("high", "low")) == ""
    assert noted(problems) == ["file.yaml:1:4: 'a' is one of high, low, not 'hgih'; did you mean 'high'?"]


@pytest.mark.parametrize(("name", "hint"), [("turky", "; did you mean 'turkey'?"), ("xyz", ""), ("", "")])
def test_a_name_is_suggested_only_where_one_is_near(name: str, hint: str) -> None:
    assert yamlfile.nearest(name, ["turkey", "russia"]) == hint


TYPICAL = """\
# a comment
rules:
- id: joint-patrol    # its name
  match: >-
    $turkey and
    $russia
  tests:
  - {text: "Turkey, Russia: patrols", expect: match, why: 'it''s so'}
  - [a, {b: c}]
other: |
  one
  two
"""


@settings(max_examples=500, deadline=2000)
@given(st.text(max_size=80) | mistyped(TYPICAL))
def test_any_text_gives_a_value_or_problems_with_places_in_it(text: str) -> None:
    text = text.replace("\r", "\n")
    problems = Problems()
    root = yamlfile.parse(text, "f", problems)
    assert (root is None) <= bool(problems)
    assert outside(problems, text) == []


@settings(max_examples=200, deadline=2000)
@given(data=st.binary(max_size=60) | mistyped(TYPICAL).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_give_a_value_or_problems(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    problems = Problems()
    root = yamlfile.load(path, "f", problems)
    assert (root is None) <= bool(problems)
    assert all(problem.line >= 0 and problem.column >= 0 for problem in problems.found)
