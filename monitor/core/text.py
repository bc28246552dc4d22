"""Text made comparable: folding that keeps offsets, tokens with the keys they may be found by, sentences.

Knows scripts and spelling; knows nothing of entities, rules or feeds.

Two spellings of one word must meet: "Türkiye'nin" and "Turkiye", "Ra's al-'Ayn" and "Ras al-Ayn", "أنقرة" and
"انقرة". A token therefore carries a set of keys: its folded form, its form before an apostrophe, and its stem
in the language of the text, marked with that language ("en~patrol") so that stems of two languages never meet.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

LEAD_SENTENCES = 2

# Text beyond this many characters is not looked at: a lead never is that long, a hostile page may be.
LONGEST_FIELD = 20_000

# A longer word is known by its beginning: words are kept in caches, and a hostile one may have 20,000 letters.
LONGEST_WORD = 80

_APOSTROPHES = frozenset("'’‘ʼʻ`´＇ʹ")
_TATWEEL = "ـ"
# Turkish dotted and dotless i, and their capitals, are one letter here whatever the language.
_LETTERS = str.maketrans(
    {
        "I": "i", "İ": "i", "ı": "i", "ё": "е", "Ё": "е",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ي",
        "ى": "ي", "ی": "ي", "ې": "ي", "ێ": "ي", "ے": "ي", "ۍ": "ي",
        "ة": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ۀ": "ه", "ۃ": "ه",
        "ک": "ك", "ڪ": "ك", "گ": "گ", "ۆ": "و", "ۇ": "و", "ڕ": "ر", "ڵ": "ل",
    }
)  # fmt: skip
_STEMMERS = {"en": "english", "tr": "turkish", "ru": "russian", "ar": "arabic", "fa": "persian", "de": "german",
             "fr": "french"}  # fmt: skip
_SENTENCE_END = re.compile(r"(?<=[.!?؟…۔])[\"'”’»)\]]*\s+(?=\S)|\n{2,}")
# A full stop after these does not end a sentence; single letters ("U.S. troops") never do.
_ABBREVIATIONS = frozenset({"mr", "mrs", "dr", "gen", "lt", "col", "sgt", "st", "no", "vs", "т", "г", "им"})
_LAST_WORD = re.compile(r"(\w+)\.$")
# The last word is looked for in so many characters: a search from the start of the text took minutes on
# "a. " a thousand times behind one word of 15,000 letters.
_LAST_WORD_REACH = 12
_OWN_THREAD = threading.local()


@dataclass(frozen=True, slots=True)
class Token:
    """A word at `start` to `end` of the original text, and every key it may be found by.

    `folded` is its plain folded form, `cut` its form before an apostrophe (the same where there is none).
    """

    start: int
    end: int
    folded: str
    cut: str
    keys: frozenset[str]


def fold(text: str) -> str:
    """Text folded as one string: lower case, no marks, one form for each letter. Idempotent."""
    return "".join(folded for folded, _, _ in _folded_clusters(text))


def tokens(text: str, language: str) -> tuple[Token, ...]:
    """The words of a text in order; hyphens split words, apostrophes join them."""
    return tuple(
        Token(start, end, *_keys(text[start : min(end, start + LONGEST_WORD)], language))
        for start, end in _word_bounds(text[:LONGEST_FIELD])
    )


def folded_words(text: str) -> tuple[str, ...]:
    """The folded words of a text, without stems: for comparing reports, not for rules."""
    bounds = _word_bounds(text[:LONGEST_FIELD])
    return tuple(_keys(text[start : min(end, start + LONGEST_WORD)], "")[0] for start, end in bounds)


def word_keys(word: str, languages: tuple[str, ...]) -> frozenset[str]:
    """The keys by which a rule's word finds a token: folded, and stemmed in each of the languages."""
    return frozenset(key for language in languages or ("",) for key in _rule_keys(word, language))


def sentences(text: str) -> list[str]:
    """The sentences of a text, cut at full stops that end one; white space around them is dropped."""
    cut, parts = 0, []
    for end in _SENTENCE_END.finditer(text):
        if "\n" not in end.group() and _goes_on(text, cut, end):
            continue
        parts.append(text[cut : end.end()].strip())
        cut = end.end()
    parts.append(text[cut:].strip())
    return [part for part in parts if part]


def lead_sentences(text: str) -> list[str]:
    """The first two sentences: where a report says what happened, before the background begins."""
    return sentences(text[:LONGEST_FIELD])[:LEAD_SENTENCES]


def lead(text: str) -> str:
    """The same as one text."""
    return " ".join(lead_sentences(text))


def before_apostrophe(word: str) -> str:
    """The part of a word before its first apostrophe; the whole word where it has none."""
    return next((word[:index] for index, char in enumerate(word) if char in _APOSTROPHES), word)


def stemmed_languages() -> frozenset[str]:
    """The language codes a stemmer is known for."""
    return frozenset(_STEMMERS)


def lower(word: str, language: str) -> str:
    """Lower case by the rules of the language, composed (NFC): in Turkish and Azeri I is the capital of ı."""
    word = unicodedata.normalize("NFC", word)
    if language in {"tr", "az"}:
        word = word.replace("I", "ı").replace("İ", "i")
    return word.lower()


def _goes_on(text: str, cut: int, end: re.Match[str]) -> bool:
    """Whether the full stop is that of "Gen. Abdi", "U.S. troops" or of an ordinal: "344. ortak devriye"."""
    word = _LAST_WORD.search(text, max(cut, end.start() - _LAST_WORD_REACH), end.start())
    if word is None:
        return False
    ordinal = word[1].isdigit() and text[end.end()].islower()
    return ordinal or len(word[1]) == 1 or word[1].lower() in _ABBREVIATIONS


def _word_bounds(text: str) -> Iterator[tuple[int, int]]:
    start = end = -1
    for folded, at, after in _folded_clusters(text):
        if folded == "":
            continue
        if folded.isalnum():
            start = at if start < 0 else start
            end = after
        elif start >= 0 and not (folded == "'" and _letter_follows(text, after)):
            yield start, end
            start = -1
    if start >= 0:
        yield start, end


def _letter_follows(text: str, at: int) -> bool:
    return at < len(text) and text[at].isalpha()


def _folded_clusters(text: str) -> Iterator[tuple[str, int, int]]:
    """Folded text of each base letter with its marks, and where in the original it stood."""
    at, length = 0, len(text)
    while at < length:
        after = at + 1
        while after < length and text[after] >= "̀" and _is_mark(text[after]):
            after += 1
        yield _fold_cluster(text[at:after]), at, after
        at = after


@lru_cache(maxsize=65_536)
def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me", "Cf"}


@lru_cache(maxsize=65_536)
def _fold_cluster(cluster: str) -> str:
    if cluster in _APOSTROPHES:
        return "'"
    folded = "".join(_fold_letter(char) for char in unicodedata.normalize("NFKC", cluster))
    # Folding one letter may give another that folds on (ﷲ, K): a second pass makes it final.
    return "".join(_fold_letter(char) for char in unicodedata.normalize("NFKC", folded))


def _fold_letter(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    if char == _TATWEEL or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return ""
    decimal = unicodedata.decimal(char, None)
    if decimal is not None:
        return str(decimal)
    char = char.translate(_LETTERS).casefold().translate(_LETTERS)
    # Latin and Greek lose their marks; Cyrillic keeps them, or й would become и.
    return "".join(_without_marks(part) for part in char)


def _without_marks(char: str) -> str:
    if not ("À" <= char <= "ɏ" or "Ά" <= char <= "Ͽ" or "ḁ" <= char <= "῿"):
        return char
    return "".join(part for part in unicodedata.normalize("NFKD", char) if unicodedata.category(part) != "Mn")


@lru_cache(maxsize=65_536)
def _keys(word: str, language: str) -> tuple[str, str, frozenset[str]]:
    joined = "".join(char for char in fold(word) if char != "'")
    before = before_apostrophe(word)
    cut = fold(before) if before else joined
    keys = {joined, cut}
    if language in _STEMMERS:
        keys |= {f"{language}~{_stem(part, language)}" for part in (before or word, word)}
    return joined, cut, frozenset(keys)


def _rule_keys(word: str, language: str) -> frozenset[str]:
    """A rule's word is taken as written: it is not cut at its apostrophe, or "Ra's" would find "Ra"."""
    joined = "".join(char for char in fold(word) if char != "'")
    if language not in _STEMMERS:
        return frozenset({joined})
    return frozenset({joined, f"{language}~{_stem(word, language)}"})


@lru_cache(maxsize=65_536)
def _stem(word: str, language: str) -> str:
    plain = "".join(char for char in lower(word, language) if char not in _APOSTROPHES and not _is_mark(char))
    return fold(_stemmer(language).stemWord(plain))


def _stemmer(language: str) -> "Stemmer.Stemmer":
    # A stemmer object must not be shared by two threads; the cache in front of it may.
    if not hasattr(_OWN_THREAD, language):
        setattr(_OWN_THREAD, language, Stemmer.Stemmer(_STEMMERS[language], 0))
    return getattr(_OWN_THREAD, language)
