"""What reading text costs: folding, words and stems beside the walk over every letter, and telling languages apart.

    python -m tests.bench.bench_text [--entries 3000] [--rounds 3]

On titles and first 600 characters of the collected background (shared data). The walk is what the program does for
texts of uncommon letters, run here for all of them. `cold`: no word is known; `warm`: all are. The figures of a busy
machine vary; the ratios, taken round by round, hardly do.
"""

import argparse
import gzip
import json
import os
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from statistics import median

from monitor.core.language import language_of
from monitor.core.stems import LANGUAGES, forms
from monitor.core.text import (
    _LEXICONS,
    _common,
    _fold_cluster,
    _words,
    fold,
    fold_by_letter,
    lexeme,
    lower,
    tokens,
    word_bounds_by_letter,
)

SHARED = Path(os.environ.get("WIREWATCH_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
BACKGROUND = SHARED / "rules" / "background.jsonl.gz"
DESK = ("en", "tr", "ru", "ar", "kmr", "ckb", "uk", "fa")
# The data calls Kurmanji by the code of all Kurdish.
CODES = {"ku": "kmr"}

Texts = list[tuple[str, str]]
Ways = list[Callable[[str, str], object]]


def background(entries: int) -> Texts:
    """Every so-many-th text with its language, so that all sources are there."""
    with gzip.open(BACKGROUND, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    step = max(len(rows) // entries, 1)
    return [
        (f"{row['title']}\n{row['text'][:600]}", CODES.get(row["lang"], row["lang"]))
        for row in islice(rows, 0, None, step)
    ]


def walked(text: str, language: str) -> list[tuple[int, int, object]]:
    """The words of a text as they are found letter by letter."""
    return [(start, end, lexeme(text[start:end], language)) for start, end in word_bounds_by_letter(text)]


def forget() -> None:
    """No word is known any more."""
    for lexicon in _LEXICONS.values():
        lexicon.clear()


def timed(work: Callable[[str, str], object], texts: Texts) -> float:
    """Seconds of processor time."""
    started = time.process_time()
    for text, language in texts:
        work(text, language)
    return time.process_time() - started


def compare(name: str, texts: Texts, rounds: int, ways: Ways, *, cold: bool) -> None:
    """The first way against the second, on the same texts in turn."""
    taken: list[list[float]] = []
    for _ in range(rounds):
        taken.append([])
        for way in ways:
            if cold:
                forget()
            taken[-1].append(timed(way, texts))
    size = sum(len(text) for text, _ in texts) / 1000
    rates = [size / median(column) for column in zip(*taken, strict=True)]
    ratio = median(walk / ours for ours, walk in taken)
    print(f"{name:24}{rates[0]:10,.0f} kchar/s{rates[1]:10,.0f} kchar/s letter by letter{ratio:8.1f}x")


def stemming(texts: Texts) -> None:
    """How many new words a second get their stems, language by language; a cold cache, as words come but once."""
    for language in sorted({language for _, language in texts} & LANGUAGES):
        words = {text[token.start : token.end] for text, own in texts if own == language for token in tokens(text, "")}
        ready = [(lower(word, language), fold(word).replace("'", "")) for word in words]
        started = time.process_time()
        made = [len(forms(word, folded, language)) for word, folded in ready]
        taken = time.process_time() - started
        print(f"stems {language:18}{len(ready) / taken / 1000:10,.0f} kwords/s{sum(made) / len(made):10.1f} per word")


def languages(texts: Texts) -> None:
    """How fast the language is told, and how often the declared one, which is right here, is overruled."""
    started = time.process_time()
    language_of(texts[0][0] * 2, "", declared="", allowed=DESK)
    loaded = time.process_time() - started
    started = time.process_time()
    told = [language_of(text, "", declared=language, allowed=DESK) == language for text, language in texts]
    taken = time.process_time() - started
    overruled = len(told) - sum(told)
    print(f"language{'':16}{len(texts) / taken:10,.0f} texts/s, {overruled} of {len(texts)} overruled, "
          f"model loaded in {loaded:.2f} s")  # fmt: skip


def main() -> None:
    """Print all figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--entries", type=int, default=3000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    texts = background(given.entries)
    started = time.process_time()
    fold("é")
    print(f"{len(texts)} texts; the table of common letters was made in {time.process_time() - started:.3f} s")
    rare = sum(1 for text, _ in texts if _common().rare.search(text))
    print(f"{rare} texts have uncommon letters")
    _fold_cluster.cache_clear()
    folding: Ways = [lambda text, _: fold(text), lambda text, _: fold_by_letter(text)]
    compare("folding", texts, given.rounds, folding, cold=False)
    finding: Ways = [lambda text, _: list(_words(text)[0]), lambda text, _: list(word_bounds_by_letter(text))]
    compare("finding words", texts, given.rounds, finding, cold=False)
    compare("words and stems, cold", texts, given.rounds, [tokens, walked], cold=True)
    compare("words and stems, warm", texts, given.rounds, [tokens, walked], cold=False)
    stemming(texts)
    languages(texts)


if __name__ == "__main__":
    main()
