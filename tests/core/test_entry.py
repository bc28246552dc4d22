"""What is read of an entry, and which entries are the same."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.entry import (
    Known,
    Novelty,
    ParsedEntry,
    body_of,
    fingerprint,
    identities,
    novelty,
    read,
)
from monitor.core.text import LONGEST_WORD, fold, lead

ANY_TEXT = st.text(st.characters() | st.sampled_from("aIıй'’ .?\n\u0301\u00ad"))
TOLD = st.lists(st.sampled_from(["It began.", "Gen. Abdi", "left", "…", "?!", "\n\n", "Ankara! "])).map(" ".join)
ENTRIES = st.lists(
    st.builds(
        ParsedEntry,
        id=st.sampled_from(["", "1", "2"]),
        link=st.sampled_from(["", "https://n.example/1", "https://n.example/2"]),
        title=st.sampled_from(["A", "B"]),
        summary=st.sampled_from(["", "text"]),
    ),
    max_size=6,
)


def parsed(**values: Any) -> ParsedEntry:
    return replace(
        ParsedEntry(id="guid-1", link="https://n.example/1", title="Patrols resume", summary="In Syria."), **values
    )


def test_a_document_is_the_title_and_the_lead() -> None:
    document = read("Patrols resume", "Ankara said so. Moscow too. They had stopped in 2023.", "en")
    assert [(part.name, part.text) for part in document.parts] == [
        ("title", "Patrols resume"),
        ("lead", "Ankara said so. Moscow too."),
    ]
    assert document.language == "en"


def test_words_are_counted_on_from_the_title_to_the_lead_over_a_gap() -> None:
    document = read("Patrols resume", "Ankara said so.", "en")
    title, below = document.parts
    assert [document.words.text[position] for position in sorted(document.words.text)] == [
        "Patrols", "resume", "Ankara", "said", "so",
    ]  # fmt: skip
    assert title.base == 0
    assert below.base - len(title.tokens) >= 1_000


@given(ANY_TEXT, ANY_TEXT, st.sampled_from(["en", "tr", "ar", ""]))
def test_every_word_has_its_place_in_the_original(title: str, body: str, language: str) -> None:
    document = read(title, body, language)
    originals = {"title": title, "lead": lead(body)}
    assert document.words.text.keys() == document.words.tokens.keys()
    for position, token in document.words.tokens.items():
        part, start, end = document.place(position, position)
        assert originals[part.name][start:end] == document.words.text[position]
        assert fold(document.words.text[position][:LONGEST_WORD]).replace("'", "") == token.folded


@given(ANY_TEXT | TOLD, ANY_TEXT | TOLD)
def test_every_word_stands_in_one_sentence(title: str, body: str) -> None:
    document = read(title, body, "en")
    inside = [at for one in document.sentences for at in range(one.start, one.end + 1)]
    assert inside == sorted(document.words.tokens)


def test_a_title_is_one_sentence_and_a_lead_has_its_own() -> None:
    document = read("It began. It ended.", "Gen. Abdi met Ankara. Then he left. More.", "en")
    assert [
        " ".join(document.words.text[at] for at in range(one.start, one.end + 1)) for one in document.sentences
    ] == ["It began It ended", "Gen Abdi met Ankara", "Then he left"]


def test_a_sentence_without_words_has_no_place() -> None:
    document = read("…", "It began. … It ended.", "en")
    assert [one.start == document.parts[1].base for one in document.sentences] == [True]


def test_a_stretch_of_words_has_its_place() -> None:
    document = read("Patrols resume", "Ankara said so, again.", "en")
    base = document.parts[1].base
    part, start, end = document.place(base + 1, base + 3)
    assert (part.name, part.text[start:end]) == ("lead", "said so, again")


def test_a_document_without_a_title_is_read_all_the_same() -> None:
    document = read("", "Ankara said so.", "en")
    part, start, end = document.place(document.parts[1].base, document.parts[1].base)
    assert part.text[start:end] == "Ankara"


@pytest.mark.parametrize(
    ("title", "body", "capitals"),
    [
        ("SDF SIGNS DEAL", "", True),
        ("SDF: 344, 400, 500, 600 PATROLS!", "THE END.", True),
        ("ÖSOʼNUN ÇEKİLMESİ", "", True),
        ("SDF signs", "", False),
        ("SDF SIGNS", "It did.", False),
        ("قسد تعلن", "", False),
        ("قوات سوريا الديمقراطية (SDF) تعلن", "", False),
        ("قوات SDF", "", False),
        ("СДС ОБЪЯВИЛИ", "", True),
        ("344", "", False),
        ("", "", False),
    ],
)
def test_a_text_is_all_capitals_if_most_letters_are_and_none_is_small(title: str, body: str, capitals: bool) -> None:
    assert read(title, body, "en").words.all_capitals is capitals


def test_the_text_below_the_title_is_the_summary_or_else_the_content() -> None:
    assert [body_of("short", "long"), body_of("", "long"), body_of("", "")] == ["short", "long", ""]


@pytest.mark.parametrize(
    ("entry", "identity"),
    [
        (parsed(), "guid-1"),
        (parsed(title="Another title", summary="Another text"), "guid-1"),
        (parsed(link="https://n.example/moved"), "guid-1"),
        (parsed(id=""), "https://n.example/1"),
        (parsed(id="", title="Another title"), "https://n.example/1"),
    ],
)
def test_an_entry_is_known_by_its_id_or_else_by_its_link(entry: ParsedEntry, identity: str) -> None:
    assert identities([entry]) == [identity]


def test_an_entry_without_id_and_link_is_known_by_its_text() -> None:
    bare = parsed(id="", link="")
    (one,), (same,) = identities([bare]), identities([replace(bare, content="more", author="somebody")])
    (other,), (another,) = identities([replace(bare, title="B")]), identities([replace(bare, summary="C")])
    assert one == same
    assert len({one, other, another}) == 3
    assert one.startswith("text:")


def test_entries_that_share_one_id_are_told_apart() -> None:
    entries = [parsed(), parsed(link="https://n.example/2"), parsed(title="B"), parsed(id="guid-2")]
    found = identities(entries)
    assert len(set(found)) == 4
    assert [name.partition("#")[0] for name in found] == ["guid-1", "guid-1", "guid-1", "guid-2"]
    assert found[3] == "guid-2"


def test_entries_without_id_that_share_one_link_are_told_apart_by_title() -> None:
    one, other, alone = identities([parsed(id=""), parsed(id="", title="B"), parsed(id="", link="https://n.example/2")])
    assert one != other
    assert alone == "https://n.example/2"


def test_entries_of_one_id_and_different_links_are_told_apart_by_links_and_keep_their_revisions() -> None:
    one, other = parsed(), parsed(link="https://n.example/2", title="B")
    before, after = identities([one, other]), identities([replace(one, title="Patrols resumed"), other])
    assert before == after
    assert len(set(before)) == 2


def test_copies_of_an_entry_share_nothing() -> None:
    assert identities([parsed(), parsed(), parsed(id="guid-2")]) == ["guid-1", "guid-1", "guid-2"]


@pytest.mark.parametrize(
    "home", ["https://n.example/", "http://www.n.example", "https://n.example/?utm_source=rss#top"]
)
def test_the_front_page_is_no_name(home: str) -> None:
    bare = parsed(id="", link="https://n.example")
    assert identities([bare], home)[0].startswith("text:")
    assert identities([parsed(id="https://n.example/", link="https://n.example/1")], home) == ["https://n.example/1"]
    assert identities([parsed(link="https://n.example")], home) == ["guid-1"]
    assert identities([bare]) == ["https://n.example"]


@given(ENTRIES, ENTRIES)
def test_an_entry_with_a_name_of_its_own_keeps_its_identity_whoever_comes_or_goes(
    entries: list[ParsedEntry], others: list[ParsedEntry]
) -> None:
    names = [entry.id or entry.link for entry in entries]
    strangers = [replace(other, id=f"other-{other.id}") for other in others]
    alone, together = identities(entries), identities([*entries, *strangers])
    assert together[: len(entries)] == alone
    for entry, name, identity in zip(entries, names, alone, strict=True):
        if name and names.count(name) == 1:
            assert identity == name == identities([replace(entry, title="C", summary="D", content="E")])[0]


def test_capitals_and_blanks_make_no_other_entry_where_the_text_is_the_name() -> None:
    one, same = parsed(id="", link=""), parsed(id="", link="", title="PATROLS  resume ")
    assert identities([one]) == identities([same])


@given(ENTRIES)
def test_two_entries_with_one_identity_look_the_same_in_title_or_have_one_name(entries: list[ParsedEntry]) -> None:
    found = identities(entries)
    assert len(found) == len(entries)
    for one, name in zip(entries, found, strict=True):
        for other, other_name in zip(entries, found, strict=True):
            if name == other_name:
                assert (one.id or one.link, one.title) == (other.id or other.link, other.title)


@given(ENTRIES)
def test_the_order_of_a_feed_does_not_change_identities(entries: list[ParsedEntry]) -> None:
    assert identities(entries[::-1]) == identities(entries)[::-1]


@pytest.mark.parametrize("changed", [{"title": "B"}, {"summary": "B"}, {"title": "patrols resume"}])
def test_what_a_reader_sees_makes_the_fingerprint(changed: dict[str, str]) -> None:
    assert fingerprint(parsed(**changed)) != fingerprint(parsed())


def test_the_content_counts_where_there_is_no_summary() -> None:
    assert fingerprint(parsed(summary="", content="A")) != fingerprint(parsed(summary="", content="B"))
    assert fingerprint(parsed(content="read 5 times")) == fingerprint(parsed(content="read 6 times"))


def test_a_new_date_author_or_link_alone_is_no_revision() -> None:
    other = replace(
        parsed(id="guid-2", link="", author="B", outlet="C", language="tr"),
        published_at=datetime(2024, 8, 23, tzinfo=UTC),
    )
    assert fingerprint(other) == fingerprint(parsed())


def test_text_that_moves_from_title_to_summary_is_a_revision() -> None:
    assert fingerprint(parsed(title="ab", summary="c")) != fingerprint(parsed(title="a", summary="bc"))


@given(ANY_TEXT, ANY_TEXT)
def test_any_text_has_an_identity_and_a_fingerprint(title: str, summary: str) -> None:
    one = ParsedEntry(id="", link="", title=title, summary=summary)
    assert identities([one, one]) == identities([one]) * 2
    assert fingerprint(one) == fingerprint(replace(one))
    assert len(fingerprint(one)) == 32


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, Novelty.NEW),
        (Known(1, 1, "digest"), Novelty.UNCHANGED),
        (Known(1, 3, "other"), Novelty.REVISED),
    ],
)
def test_an_entry_is_new_revised_or_unchanged(known: Known | None, expected: Novelty) -> None:
    assert novelty(known, "digest") is expected
