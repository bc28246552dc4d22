"""Text made comparable: folding that keeps offsets, tokens with the keys they may be found by, sentences.

Knows scripts and spelling; knows nothing of entities, rules or feeds.

Two spellings of one word must meet: "Türkiye'nin" and "Turkiye", "Ra's al-'Ayn" and "Ras al-Ayn", "أنقرة" and
"انقرة". A token therefore carries a set of keys: its folded form, its form before an apostrophe, and its stem
in the language of the text, marked with that language ("en~patrol") so that stems of two languages never meet.

Every rule for a letter is written once, for a letter with its marks (`_folded_clusters`). Texts of common letters,
which is nearly all, go through a regular expression and a table that are made from those rules, letter by letter.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import accumulate, chain
from typing import ClassVar, NamedTuple

from monitor.core.stems import LANGUAGES, forms, is_written_in, stems

LEAD_SENTENCES = 2

# Text beyond this many characters is not looked at: a lead never is that long, a hostile page may be.
LONGEST_FIELD = 20_000

# A longer word is known by its beginning: words are kept in caches, and a hostile one may have 20,000 letters.
LONGEST_WORD = 80

_APOSTROPHES = frozenset("'’‘ʼʻ`´＇ʹ")
_APOSTROPHE = re.compile(f"[{''.join(sorted(_APOSTROPHES))}]")
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
_SENTENCE_END = re.compile(r"(?<=[.!?؟…۔])(?<![^.]\.\.)[\"'”’»)\]]*\s+(?=\S)|\n{2,}")
# A full stop after these does not end a sentence; single letters ("U.S. troops") never do.
_ABBREVIATIONS = frozenset({
    "mr", "mrs", "dr", "gen", "lt", "col", "sgt", "st", "no", "vs", "т", "г", "им", "jan", "feb", "aug", "sept", "oct",
    "nov", "dec", "capt", "maj", "brig",
})  # fmt: skip
_LAST_WORD = re.compile(r"(\w+)\.$")
# The last word is looked for in so many characters: a search from the start of the text took minutes on
# "a. " a thousand times behind one word of 15,000 letters.
_LAST_WORD_REACH = 12
# Words that are held ready, of all languages; 840 bytes each with their keys.
MOST_LEXEMES = 30_000

# The letters of news: Latin, Greek, Cyrillic, Arabic; ordinary punctuation, signs and arrows; emoji.
_COMMON = (
    (0x0, 0x300), (0x370, 0x400), (0x400, 0x530), (0x600, 0x700), (0x1E00, 0x1F00), (0x2000, 0x2070), (0x20A0, 0x20C0),
    (0x2116, 0x2123), (0x2190, 0x2800), (0xFE0F, 0xFE10), (0x1F1E6, 0x1F200), (0x1F300, 0x1FB00),
)  # fmt: skip
# Marks that may make another letter of the one before them; and an acute that is an apostrophe unless it has marks.
_COMPOSING = frozenset("\u0483\u0484\u0485\u0486\u0487\u0653\u0654\u0655´")


@dataclass(frozen=True, slots=True, eq=False)
class Lexeme:
    """A word as it is compared, in one language, and every key it may be found by.

    `folded` is its plain folded form, `cut` its form before an apostrophe (the same where there is none). The same
    word in the same language mostly is the same object, so that what was found for it can be kept under it; two
    objects are never equal.
    """

    folded: str
    cut: str
    keys: frozenset[str]


class Token(NamedTuple):
    """A word at `start` to `end` of the original text.

    A tuple, for one is made of every word of every text: a frozen dataclass takes four times as long.
    """

    start: int
    end: int
    lexeme: Lexeme

    @property
    def folded(self) -> str:
        """The word's plain folded form."""
        return self.lexeme.folded

    @property
    def cut(self) -> str:
        """Its folded form before an apostrophe."""
        return self.lexeme.cut

    @property
    def keys(self) -> frozenset[str]:
        """Every key it may be found by."""
        return self.lexeme.keys


def fold(text: str) -> str:
    """Text folded as one string: lower case, no marks, one form for each letter. Idempotent."""
    common = _common()
    if common.rare.search(text):
        return fold_by_letter(text)
    return text.translate(common.folded)


def fold_by_letter(text: str) -> str:
    """The same letter by letter, for any text: ten times as slow."""
    return "".join(folded for folded, _, _ in _folded_clusters(text))


def tokens(text: str, language: str) -> tuple[Token, ...]:
    """The words of a text in order; hyphens split words, apostrophes join them."""
    places, words = _words(text[:LONGEST_FIELD])
    # The places are taken two at a time; the end of the text is left over.
    return tuple(map(_token, zip(places, places, map(_lexicon(language).__getitem__, words), strict=False)))


def written_words(text: str) -> list[str]:
    """The words of a text as they are written; nothing is kept of them, as it is of the words of entries."""
    places, _ = _words(text[:LONGEST_FIELD])
    return [text[start:end] for start, end in zip(places, places, strict=False)]


def folded_words(text: str) -> tuple[str, ...]:
    """The folded words of a text, without stems: for comparing reports, not for rules."""
    known = _lexicon("")
    return tuple([known[word].folded for word in _words(text[:LONGEST_FIELD])[1]])


def lexeme(word: str, language: str) -> Lexeme:
    """What one written word is compared by."""
    return _lexicon(language)[word]


def forgettings() -> int:
    """How often all words were forgotten: what is kept under a lexeme is of use until this changes."""
    return _Lexicon.forgettings


def word_keys(word: str, languages: tuple[str, ...]) -> frozenset[str]:
    """The keys by which a rule's word finds a token: folded, and stemmed in each of the languages.

    A rule's word is taken as written: it is not cut at its apostrophe, or "Ra's" would find "Ra".
    """
    joined = fold(word).replace("'", "")
    known = [language for language in languages if language in LANGUAGES and is_written_in(joined, language)]
    return frozenset(
        {joined, *(f"{one}~{fold(stem)}" for one in known for stem in stems(_plain(word, one), joined, one))}
    )


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
    apostrophe = _APOSTROPHE.search(word)
    return word[: apostrophe.start()] if apostrophe else word


def stemmed_languages() -> frozenset[str]:
    """The language codes a stemmer is known for."""
    return LANGUAGES


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
    return ordinal or abbreviated(word[1].lower())


def abbreviated(word: str) -> bool:
    """Whether a full stop behind this word of small letters ends no sentence: "Gen.", "U.S."."""
    return len(word) == 1 or word in _ABBREVIATIONS


class _Lexicon(dict[str, Lexeme]):
    """The lexemes of a language by written word, made when first asked for.

    A dictionary and no `lru_cache`: it is asked for every word of every text, and takes a third of the time.
    """

    forgettings: ClassVar[int] = 0

    def __init__(self, language: str) -> None:
        self._language = language

    def __missing__(self, word: str) -> Lexeme:
        if sum(map(len, _LEXICONS.values())) >= MOST_LEXEMES:
            for lexicon in _LEXICONS.values():
                lexicon.clear()
            _Lexicon.forgettings += 1
        return self.setdefault(word, _new_lexeme(word, self._language))


_LEXICONS = {language: _Lexicon(language) for language in ("", *sorted(LANGUAGES))}


def _lexicon(language: str) -> _Lexicon:
    """The same one for all languages that have no stems."""
    return _LEXICONS[language if language in LANGUAGES else ""]


def _new_lexeme(word: str, language: str) -> Lexeme:
    before = before_apostrophe(word)
    joined = fold(word).replace("'", "")
    cut = fold(before) if before else joined
    keys = {joined, cut}
    if language in LANGUAGES:
        keys |= _stem_keys(word, joined, language)
        if cut != joined:
            keys |= _stem_keys(before, cut, language)
    return Lexeme(joined, cut, frozenset(keys))


# A tuple of three as a Token, without the constructor's own call in Python.
_token: Callable[[tuple[int, int, Lexeme]], Token] = partial(tuple.__new__, Token)


class _Common(NamedTuple):
    """How texts of common letters are read: what is none, what a word is, and what each letter folds to."""

    rare: re.Pattern[str]
    word: re.Pattern[str]
    folded: dict[int, str]


@cache
def _common() -> _Common:
    """Made of the rules for single letters; 25 ms, once, when the first text is read."""
    chars = [chr(code) for first, end in _COMMON for code in range(first, end)]
    folded = {char: fold_by_letter(char) for char in chars if char not in _COMPOSING}
    letters = _any_of(char for char in folded if folded[char].isalnum())
    marks = _any_of(char for char in folded if char >= "\u0300" and _is_mark(char))
    dropped = _any_of(char for char in folded if not folded[char] and not (char >= "\u0300" and _is_mark(char)))
    apostrophes = _any_of(char for char in folded if folded[char] == "'")
    followers = _any_of(char for char in folded if char.isalpha())
    return _Common(
        re.compile(f"[^{_any_of(folded)}]"),
        re.compile(
            f"([{letters}][{letters}{marks}]*+"
            f"(?:(?:[{dropped}][{marks}]*+|[{apostrophes}][{marks}]*+(?=[{followers}]))*+[{letters}][{letters}{marks}]*+)*+)"
        ),
        {ord(char): to for char, to in folded.items() if to != char},
    )


def _any_of(chars: Iterable[str]) -> str:
    """The inside of a class of a regular expression, neighbours as a range."""
    runs: list[list[str]] = []
    for char in sorted(chars):
        if runs and ord(runs[-1][-1]) + 1 == ord(char):
            runs[-1][1:] = [char]
        else:
            runs.append([char])
    return "".join("-".join(map(re.escape, run)) for run in runs)


def _words(text: str) -> tuple[Iterator[int], list[str]]:
    """Where words begin and end, by turns; and what they are, as far as they are looked at."""
    common = _common()
    if common.rare.search(text):
        bounds = list(word_bounds_by_letter(text))
        places: Iterator[int] = chain.from_iterable(bounds)
        words = [text[start:end] for start, end in bounds]
    else:
        # What lies between words, and words, by turns: their lengths add up to the places.
        pieces = common.word.split(text)
        places, words = accumulate(map(len, pieces)), pieces[1::2]
    if max(map(len, words), default=0) > LONGEST_WORD:
        words = [word[:LONGEST_WORD] for word in words]
    return places, words


def word_bounds_by_letter(text: str) -> Iterator[tuple[int, int]]:
    """Where the words of any text begin and end."""
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


def _stem_keys(word: str, folded: str, language: str) -> set[str]:
    return {
        f"{language}~{form if form == folded else fold(form)}"
        for form in forms(_plain(word, language), folded, language)
    }


def _plain(word: str, language: str) -> str:
    """What a stemmer takes: lower case by the language's rules, without apostrophes, loose marks, half characters."""
    small = lower(word, language)
    if small.isalpha() and not _APOSTROPHE.search(small):
        return small
    return "".join(char for char in small if char not in _APOSTROPHES and not _is_mark(char) and not _is_half(char))


def _is_half(char: str) -> bool:
    """Half of a character, which no stemmer takes."""
    return "\ud800" <= char <= "\udfff"
