"""The language an entry is read in: what its feed is said to be written in, unless its text says otherwise.

Knows scripts and one model of languages; knows nothing of feeds or rules. Wire services mix languages in one feed, and
a feed moves from one to another; stems and cues of the wrong language find little and deny at random.

The model (0.6 s and 65 MB with numpy) is loaded for the first text that needs it: a program that only checks rules, or
a desk of one language for each script whose texts are short, goes without it.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

# A text with fewer letters is a name or two, which look alike in all languages.
FEWEST_LETTERS = 20
# How likely another language must be, of those that are written with these letters. Texts of 45 letters with a Kurdish
# name in them reach 0.8 on the wrong side.
CLEARLY = 0.9
# More is not looked at: a headline and a sentence are enough.
_LONGEST_TEXT = 600
# A script with fewer of the letters is that of names in a text of another one.
_SMALLEST_SHARE = 0.25

_ARABIC = "arab"
_CYRILLIC = "cyrl"
_LATIN = "latn"
_LETTERS = {
    _LATIN: re.compile("[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]+"),
    _CYRILLIC: re.compile("[Ѐ-ԯ]+"),
    _ARABIC: re.compile("[ؠ-ؿف-يٱ-ۓەݐ-ݿﭐ-﷿ﹰ-ﻼ]+"),
}
_SCRIPTS = {
    _ARABIC: frozenset({"ar", "ckb", "fa", "ps", "sdh", "ug", "ur"}),
    _CYRILLIC: frozenset({"be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "tt", "uk"}),
    _LATIN: frozenset(
        {
            "az",
            "ca",
            "cs",
            "da",
            "de",
            "en",
            "es",
            "et",
            "fi",
            "fr",
            "hr",
            "hu",
            "id",
            "it",
            "kmr",
            "lt",
            "lv",
            "nl",
            "no",
            "pl",
            "pt",
            "ro",
            "sk",
            "sl",
            "sq",
            "sv",
            "tr",
        }
    ),
}
_SCRIPT_OF = {language: script for script, languages in _SCRIPTS.items() for language in languages}
# The model knows one Kurdish by the code of both, and Sorani by that of its southern neighbour.
_MODEL_CODES = {"kmr": "ku", "ckb": "sdh"}
_LOADING = threading.Lock()


def language_of(title: str, body: str, *, declared: str, allowed: Sequence[str]) -> str:
    """The language to read an entry in: one of `allowed`, or the declared one.

    The declared language stands where its script is that of the text, unless the text is long enough and clearly in
    another one. One that is not among `allowed` always stands; "" is none. The same arguments give the same answer.
    """
    text = f"{title}\n{body}"[:_LONGEST_TEXT]
    counts = {script: sum(map(len, letters.findall(text))) for script, letters in _LETTERS.items()}
    named = _named(declared, counts)
    if named and named not in allowed:
        return named
    total = sum(counts.values())
    likely = [one for one in dict.fromkeys(allowed) if counts.get(_SCRIPT_OF.get(one, ""), 0) > _SMALLEST_SHARE * total]
    fits = named in likely or named not in _SCRIPT_OF
    if not likely or likely == [named] or (named and fits and total < FEWEST_LETTERS):
        return named
    best, chance = _likeliest(text, tuple(likely), tuple(sorted(set(allowed))))
    return best if not (named and fits) or chance >= CLEARLY else named


def _named(declared: str, counts: Mapping[str, int]) -> str:
    """The code that this program uses: "en-US" is English, and Kurdish is one of two by its script."""
    code = declared.replace("_", "-").partition("-")[0].lower()
    if code != "ku":
        return code
    return "ckb" if counts[_ARABIC] > counts[_LATIN] else "kmr"


def _likeliest(text: str, likely: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, float]:
    """Which of the languages a text is in, and how probable that is; the first, without the model, if it is one."""
    if len(likely) == 1:
        return likely[0], 1.0
    with _LOADING:
        model = _model(allowed)
    chances = dict(model.rank(text)) if model is not None else {}
    found = [(chances.get(_MODEL_CODES.get(one, one), 0.0), one) for one in likely]
    whole = sum(chance for chance, _ in found)
    chance, best = max(found, key=lambda one: one[0])
    return best, chance / whole if whole else 0.0


@lru_cache(maxsize=2)
def _model(allowed: tuple[str, ...]) -> Any:
    """The model of these languages; the rest of it, half of its memory, is let go. None where it knows none of them."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - numpy takes 0.1 s

    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    codes = {_MODEL_CODES.get(one, one) for one in allowed} & set(whole.labels)
    if not codes:
        return None
    whole.set_languages(codes)
    return LanguageIdentifier(
        whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output,
        norm_probs=True, tk_row=whole.tk_row,
    )  # fmt: skip
