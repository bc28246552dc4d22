"""Stems: the forms under which an inflected word of a text and the word of a rule meet, language by language.

Knows endings and clitics; knows nothing of rules, tokens or keys. Takes words of small letters, without apostrophes;
whoever asks folds what comes back and marks it with the language.

The two sides differ. A rule's word stands for itself and for its stem. A word of a text may be several words with
endings ("askerlerin": of soldiers, or your soldiers), and stands for all of them: what is no word meets no rule.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

import Stemmer

_SNOWBALL = {"en": "english", "tr": "turkish", "ru": "russian", "ar": "arabic", "fa": "persian", "de": "german",
             "fr": "french"}  # fmt: skip
LANGUAGES = frozenset({*_SNOWBALL, "uk", "kmr", "ckb"})
_SCRIPTS = {"ru": ("Ѐ", "ԯ"), "uk": ("Ѐ", "ԯ"), "ar": ("؀", "ۿ"), "fa": ("؀", "ۿ"), "ckb": ("؀", "ۿ")}
_LATIN = ("a", "ɏ")
# Where Snowball takes too much of short words: "kara" (land) to "kar" (snow), "دورية" (patrol) to "دور" (part).
_COARSE = frozenset({"tr", "ar"})
_OWN_THREAD = threading.local()

# What must be left of a word: two-letter words have too many homonyms, and one letter is no sure ending. A word of a
# rule loses an ending only where it can hardly be a part of it: "Türkiye" is no Türki.
_SHORTEST = 3
_SHORTEST_BEFORE_ONE_LETTER = 4
_SHORTEST_CERTAIN = 5

# An ending, and what it must follow: a vowel, a consonant, a voiceless one, anything else, a long word, or anything.
_VOWELS = frozenset("aeiouêîû")
_VOICELESS_LETTERS = frozenset("fstkchp")
# By their last letter, by which most words have none.
Endings = Mapping[str, Sequence[tuple[str, str]]]


def _endings(**by_condition: str) -> Endings:
    table: dict[str, list[tuple[str, str]]] = {}
    for condition, endings in by_condition.items():
        for ending in endings.split():
            table.setdefault(ending[-1], []).append((ending, condition))
    return table


# Turkish, folded: ı is i, ü is u, ğ is g. From the end of a word inwards: -ki, case, possession, number. The letter
# before a case tells what it stands behind: n mostly possession, y a bare vowel, none number or a bare consonant.
_TURKISH: tuple[tuple[Endings, ...], ...] = (
    (_endings(any="ki"), _endings(vowel="yi yu ya ye yla yle")),
    (
        _endings(any="ki"),
        _endings(vowel="ni nu na ne nin nun nda nde ndan nden"),
        _endings(vowel="si su", consonant="i u"),
        _endings(any="lar ler"),
    ),
    (
        _endings(any="ki"),
        _endings(consonant="i u a e in un la le", voiced="da de dan den", voiceless="ta te tan ten"),
        _endings(any="lar ler"),
    ),
)
_TURKISH_CERTAIN: tuple[Endings, ...] = (
    _endings(vowel="nin nun yla yle nda nde ndan nden"),
    _endings(vowel="si su"),
    _endings(any="lar ler"),
)
# A last k, p or t that became soft before a vowel: bakanlığı, Halebi, mutabakatı.
_HARDENED = {"g": "k", "b": "p", "d": "t"}

# Kurmanji, as it is written: "Sûriyê" is of "Sûriye", which is not of "Sûrî". Postpositions, then izafe, case, number
# and the indefinite article.
_KURMANJI: tuple[Endings, ...] = (
    _endings(vowel="de re ve da"),
    _endings(
        vowel="ya yê yên yan yî yek yeke yeka yekê yekî yekan",
        consonant="a ê ên an î ek eke eka ekê ekî ekan",
    ),
)
# What is an ending in a rule's word too, where its letters are written out: "Yemen" has none.
_KURMANJI_CERTAIN: tuple[Endings, ...] = (_endings(vowel="yê yên yek yeke yekê yan", consonant="ên eke ekê"),)

# Sorani, folded: ە is ه, ێ and ی are ي. Adverbs and postpositions, possession and izafe, article and number.
_SORANI: tuple[Endings, ...] = (
    _endings(any="دا هوه وه ش يش"),
    _endings(any="ي يان مان تان"),
    _endings(any="هكه كه هكان كان ان يان يك يهك ييهك ييهكه ييهكان هيه يه ه"),
)
_SORANI_CERTAIN: tuple[Endings, ...] = (_endings(any="هكه هكهي هكان هكاني يهك يهكي"),)

# Persian, folded, which Snowball leaves: the indefinite -i, possession, then number.
_PERSIAN: tuple[Endings, ...] = (_endings(any="ي يي اي ش شان يشان"), _endings(any="ها", long="ان"))

# Ukrainian endings of nouns and adjectives, the longest counts. Then endings that may also be something else, or change
# what is before them, with what is left of a word.
_UKRAINIAN = _endings(
    any="ього ьому ого ому ими іми ами ями им ім їм ам ям ах ях их іх їх ів їв ою ею єю ої ий ем єм ом ей "
    "а я у ю о е є и і ї ь й"
)
_UKRAINIAN_CHANGES = (
    ("ові", ""), ("еві", ""), ("єві", ""), ("ій", ""), ("ань", "анн"), ("ень", "енн"), ("ості", "іст"), ("ість", "іст"),
)  # fmt: skip

# Arabic, folded: ة is ه. Conjunctions, then the future or a preposition, then the article; and what stands behind.
_ARABIC_FUTURE = frozenset("يتنا")
_ARABIC_POSSESSIVES = ("هما", "ها", "هم", "هن", "نا", "كم", "ه")
_ARABIC_PLURALS = ("ون", "ين", "ان")


def stems(word: str, folded: str, language: str) -> set[str]:
    """What a rule's word stands for in a language: itself, folded, and its stem; nothing if it is of another script."""
    if not folded or not is_written_in(word, language):
        return set()
    return {folded, *_dictionary_stems(word, language), *_certain_stems(word, folded, language)}


def forms(word: str, folded: str, language: str) -> set[str]:
    """What a word of a text may stand for: all that `stems` gives, and every shorter word it may be a form of."""
    found = stems(word, folded, language)
    if found and language in _OWN:
        found |= _OWN[language](word, folded)
    return found


def is_written_in(word: str, language: str) -> bool:
    """Whether a word, in small letters, begins with a letter of the language's script."""
    first, last = _SCRIPTS.get(language, _LATIN)
    return first <= word[:1] <= last


def _dictionary_stems(word: str, language: str) -> Iterable[str]:
    if language in _SNOWBALL:
        stem = _snowball(word, language)
        return () if language in _COARSE and len(stem) <= _SHORTEST else (stem,)
    return (_ukrainian(word),) if language == "uk" else ()


def _certain_stems(word: str, folded: str, language: str) -> Iterable[str]:
    """Stems that even the word of a rule has: "الدوريات" is written for "دوريات", and "hêzên" for "hêz"."""
    match language:
        case "ar":
            return {one for rest in (folded, *_without_article(folded)) for one in (rest, *_arabic_singular(rest, 4))}
        case "kmr":
            return _peeled(word, _KURMANJI_CERTAIN)
        case "ckb":
            return _peeled(folded, _SORANI_CERTAIN)
        case "tr":
            return {one for one in _peeled(folded, _TURKISH_CERTAIN) if len(one) >= _SHORTEST_CERTAIN}
        case _:
            return ()


def _snowball(word: str, language: str) -> str:
    # A stemmer object must not be shared by two threads.
    if not hasattr(_OWN_THREAD, language):
        setattr(_OWN_THREAD, language, Stemmer.Stemmer(_SNOWBALL[language], 0))
    try:
        stem: str = getattr(_OWN_THREAD, language).stemWord(word)
    except UnicodeEncodeError:
        # Half a character, as JSON can write it, has no UTF-8.
        return word
    return stem


def _ukrainian(word: str) -> str:
    return min(_without_ending(word, _UKRAINIAN, _SHORTEST), key=len, default=word)


def _peeled(word: str, stages: Iterable[Endings], before_one_letter: int = _SHORTEST_BEFORE_ONE_LETTER) -> set[str]:
    """The word without endings, one of each stage at most, from the last inwards."""
    found = {word}
    for endings in stages if len(word) > _SHORTEST else ():
        found |= {rest for one in found for rest in _without_ending(one, endings, before_one_letter)}
    return found


def _without_ending(word: str, endings: Endings, before_one_letter: int) -> Iterable[str]:
    for ending, condition in endings.get(word[-1], ()):
        if not word.endswith(ending):
            continue
        rest = word[: -len(ending)]
        if len(rest) >= (before_one_letter if len(ending) == 1 else _SHORTEST) and _follows(rest, condition):
            yield rest


def _follows(rest: str, condition: str) -> bool:
    match condition:
        case "vowel":
            return rest[-1] in _VOWELS
        case "consonant":
            return rest[-1] not in _VOWELS
        case "voiceless":
            return rest[-1] in _VOICELESS_LETTERS
        case "voiced":
            return rest[-1] not in _VOICELESS_LETTERS
        case "long":
            return len(rest) > _SHORTEST
        case _:
            return True


def _turkish(_word: str, folded: str) -> set[str]:
    found = {one for stages in _TURKISH for one in _peeled(folded, stages)}
    hardened = {one[:-1] + _HARDENED[one[-1]] for one in found if one != folded and one[-1] in _HARDENED}
    return found | hardened


def _kurmanji(word: str, _folded: str) -> set[str]:
    return _peeled(word, _KURMANJI)


def _sorani(_word: str, folded: str) -> set[str]:
    return _peeled(folded, _SORANI, _SHORTEST)


def _persian(_word: str, folded: str) -> set[str]:
    found = _peeled(folded, _PERSIAN, _SHORTEST)
    return found | {singular for one in found for singular in _arabic_singular(one, _SHORTEST)}


def _ukrainian_forms(word: str, _folded: str) -> set[str]:
    """What one stem cannot tell: "сирійській" has lost three letters, "армій" one; vowels and consonants change."""
    if len(word) < _SHORTEST + 3:
        return set()
    return {word.removesuffix(ending) + stem for ending, stem in _UKRAINIAN_CHANGES if word.endswith(ending)}


def _arabic(word: str, folded: str) -> set[str]:
    found = {folded}
    for prefixes in ("وف", "بلكس"):
        found |= {one[1:] for one in found if one[0] in prefixes and (one[0] != "س" or one[1:2] in _ARABIC_FUTURE)}
        found = {one for one in found if len(one) >= _SHORTEST}
    found |= {rest for one in found for rest in _without_article(one)}
    return found | {rest for one in found for rest in _arabic_without_endings(one, word)}


def _without_article(word: str) -> set[str]:
    """What is left of "الدوريات" and, after the preposition that swallows a letter, of "للدوريات"."""
    rest = word[2:]
    return {rest} if word.startswith(("ال", "لل")) and len(rest) >= _SHORTEST else set()


def _arabic_without_endings(folded: str, word: str) -> Iterable[str]:
    """Without a possessive or the ending of a plural; "نظيرتها" is of "نظيرة", "دوريات" of "دورية"."""
    for ending in _ARABIC_POSSESSIVES:
        rest = folded.removesuffix(ending)
        # The feminine ة is folded to ه but is no "his": الشرطة is the police, شرطه his condition.
        if rest != folded and len(rest) >= _SHORTEST and not word.endswith("ة"):
            yield rest
            if rest.endswith("ت"):
                yield rest[:-1] + "ه"
    yield from _arabic_singular(folded, _SHORTEST)
    for ending in _ARABIC_PLURALS:
        rest = folded.removesuffix(ending)
        if rest != folded and len(rest) >= _SHORTEST_BEFORE_ONE_LETTER:
            yield rest


def _arabic_singular(folded: str, shortest: int) -> Iterable[str]:
    """What "دوريات" is the plural of; Persian has such plurals too."""
    return (folded[:-2] + "ه",) if folded.endswith("ات") and len(folded) >= shortest + 2 else ()


_OWN: Mapping[str, Callable[[str, str], set[str]]] = {
    "tr": _turkish, "ar": _arabic, "fa": _persian, "uk": _ukrainian_forms, "kmr": _kurmanji, "ckb": _sorani,
}  # fmt: skip
