"""What matching costs: 1,000 and 10,000 rules of ten terms each over news texts, beside two other ways in one run.

    python -m tests.bench.bench_match [--texts N]

Beside it: a bare scan by ahocorasick_rs of the same terms over the same folded text, which finds letters and decides
nothing; and a compiled `re` for each rule, on a part of the texts. Folding and stemming are measured apart, since every
way needs them. Terms are words of the texts themselves, common and rare, a fifth of them with `*`.

Then what the pipeline does with each text, matches and stance, with the vocabulary of the shipped desk and its rules
beside those of ten terms; and the same from a search for every term of the desk, which it does without.
"""

import argparse
import gzip
import json
import os
import random
import re
import resource
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import ahocorasick_rs

from monitor.core import query
from monitor.core.clause import Phrase, leaves
from monitor.core.entry import Document, read
from monitor.core.gazetteer import Vocabulary
from monitor.core.match import Match, Matcher, Setting
from monitor.core.rule import Rule, Ruleset
from monitor.core.severity import Severity
from monitor.core.text import folded_words
from monitor.core.veto import Stance, stance
from monitor.ruleset.desk import load_desk

BACKGROUND = (
    Path(os.environ.get("WIREWATCH_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
    / "rules"
    / "background.jsonl.gz"
)
SHIPPED = Path(__file__).parents[2] / "rules"
SETTING = Setting(today=date(2026, 11, 22))
TERMS = 10
RE_TEXTS = 12


def texts(count: int) -> list[tuple[str, str, str]]:
    """Title, text and language of news texts of 800 characters and more."""
    found = []
    with gzip.open(BACKGROUND, "rt", encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            if len(one["text"]) >= 800:
                found.append((one["title"], one["text"][:6_000], one["lang"]))
    return random.Random(1).sample(found, min(count, len(found)))


def words_of(texts_: Sequence[tuple[str, str, str]]) -> list[str]:
    """The words to make terms of: one in ten of the 2,000 commonest, and rarer ones."""
    counts = Counter(word for _, text, _ in texts_ for word in folded_words(text) if len(word) > 3)
    ranked = [word for word, _ in counts.most_common()]
    return [*ranked[200:2_000:10], *ranked[2_000:]]


def rules(count: int, words: Sequence[str]) -> dict[str, Rule]:
    """Rules of ten terms: somebody, near a deed, and somewhere."""
    chance = random.Random(2)
    made = {}
    for number in range(count):
        term = [word + "*" if chance.random() < 0.2 else word for word in chance.choices(words, k=TERMS)]
        written = f"({' or '.join(term[:3])}) near/12 ({' or '.join(term[3:7])}) and ({' or '.join(term[7:])})"
        made[f"rule-{number:05}"] = Rule(
            id=f"rule-{number:05}", title="", owner="desk", severity=Severity.INFO, match=query.parse(written),
            file="bench", line=1,
        )  # fmt: skip
    return made


def spent(work: Callable[[], object]) -> float:
    """Processor seconds of the quickest of five runs."""
    times = []
    for _ in range(5):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def patterns_of(made: dict[str, Rule]) -> list[str]:
    """The distinct terms as letters."""
    return sorted({word.rstrip("*") for rule in made.values() for word in _words(rule)})


def _words(rule: Rule) -> list[str]:
    return [word for leaf in leaves(rule.match) if isinstance(leaf, Phrase) for word in leaf.words]


def loading(count: int) -> None:
    """Print what it takes to load a desk of so many rules, with the shipped vocabulary, from its files."""
    chance = random.Random(3)
    words = [f"word{chance.randrange(20_000)}" for _ in range(20_000)]
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder) / "desk"
        shutil.copytree(SHIPPED, desk)
        for file in (desk / "watch").iterdir():
            file.unlink()
        written = "".join(_as_yaml(number, chance.choices(words, k=TERMS)) for number in range(count))
        (desk / "watch" / "all.yaml").write_text(f"rules:\n{written}", encoding="utf-8")
        begun = time.process_time()
        ruleset = load_desk(desk).ruleset
        read_ = time.process_time() - begun
        Matcher(ruleset)
        whole = time.process_time() - begun
    print(f"loading {count:,} rules of {len(written) / 1e6:.1f} MB: {read_:.2f} s, made ready {whole:.2f} s")


def _as_yaml(number: int, term: Sequence[str]) -> str:
    asked = f"(({term[0]} or {term[1]} or {term[2]}) near/12 ({term[3]} or {term[4]} or {term[5]} or {term[6]}))"
    return (
        f"- id: rule-{number}\n  owner: desk\n  match: {asked} and ({term[7]} or {term[8]} or {term[9]})\n  tests:\n"
        f'  - {{text: "{term[0]} {term[3]} {term[7]}", expect: match}}\n'
        f'  - {{text: "{term[0]} and nothing else", expect: no-match}}\n'
    )


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--texts", type=int, default=400)
    given = texts(options.parse_args().texts)
    letters = sum(len(text) for _, text, _ in given)
    print(f"{len(given)} texts, {letters // len(given)} characters each on average")
    cold = time.process_time()
    documents = [read(title, text, lang, whole=True) for title, text, lang in given]
    cold = time.process_time() - cold
    warm = spent(lambda: [read(title, text, lang, whole=True) for title, text, lang in given])
    speeds = letters / cold / 1000, letters / warm / 1000
    print(f"folding and stemming: {speeds[0]:.0f} kchar/s at first, {speeds[1]:.0f} with its words known")
    folded = [" ".join(folded_words(f"{title} {text}")) for title, text, _ in given]
    words = words_of(given)
    took = {}
    for count in (1_000, 10_000):
        took[count] = measure(rules(count, words), documents, folded)
        follow(rules(count, words), documents)
    loading(10_000)
    print(f"10,000 rules take {took[10_000] / took[1_000]:.2f} times the time of 1,000")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def measure(made: dict[str, Rule], documents: Sequence[Document], folded: Sequence[str]) -> float:
    """Print the figures of a ruleset; the processor seconds of matching all texts."""
    begun = time.process_time()
    matcher = Matcher(Ruleset(rules=made, vocabulary=Vocabulary()))
    ready = time.process_time() - begun
    patterns = patterns_of(made)
    automaton = ahocorasick_rs.AhoCorasick(patterns, matchkind=ahocorasick_rs.MatchKind.Standard)
    first = time.process_time()
    matched = sum(len(matcher.matches(one, SETTING)) for one in documents)
    first = time.process_time() - first
    ours = spent(lambda: [matcher.matches(one, SETTING) for one in documents])
    find = spent(lambda: [matcher.find(one) for one in documents])
    bare = spent(lambda: [automaton.find_matches_as_indexes(text, overlapping=True) for text in folded])
    hits = statistics.mean(len(automaton.find_matches_as_indexes(text, overlapping=True)) for text in folded)
    expressions = [re.compile(_expression(rule)) for rule in made.values()]
    naive = spent(lambda: [one.search(text) for text in folded[:RE_TEXTS] for one in expressions])
    naive *= len(folded) / RE_TEXTS
    each = len(documents)
    print(f"{len(made):,} rules, {len(patterns):,} terms, made ready in {ready:.2f} s; {matched} matches")
    print(f"  bare ahocorasick_rs   {bare / each * 1e6:8.0f} us a text, {hits:.0f} places each")
    print(f"  find and match        {ours / each * 1e6:8.0f} us a text, {ours / bare:.2f} times the bare scan")
    print(f"    at first sight      {first / each * 1e6:8.0f} us a text")
    print(f"  find every term       {find / each * 1e6:8.0f} us a text, and match nothing")
    print(f"  one `re` for a rule   {naive / each * 1e6:8.0f} us a text, {naive / ours:.0f} times ours")
    return ours


def follow(made: dict[str, Rule], documents: Sequence[Document]) -> None:
    """Print what the pipeline's way with a text costs, beside the same from all terms of the desk."""
    desk = load_desk(SHIPPED).ruleset
    matcher = Matcher(Ruleset(rules={**desk.rules, **made}, vocabulary=desk.vocabulary))
    first = time.process_time()
    rung = sum(len(_as_the_pipeline(matcher, one)[0]) for one in documents)
    first = time.process_time() - first
    ours = spent(lambda: [_as_the_pipeline(matcher, one) for one in documents])
    every = spent(lambda: [_from_every_term(matcher, one) for one in documents])
    each = len(documents)
    print(f"  matches and stance, with the shipped vocabulary and its {len(desk.rules)} rules; {rung} matches")
    print(f"    asked first         {ours / each * 1e6:8.0f} us a text; at first sight {first / each * 1e6:.0f}")
    print(f"    from every term     {every / each * 1e6:8.0f} us a text, {every / ours:.2f} times ours")


def _as_the_pipeline(matcher: Matcher, document: Document) -> tuple[list[Match], Stance]:
    survey = matcher.survey(document, SETTING)
    return survey.matches, stance(document, survey.found, matcher.ruleset.vocabulary)


def _from_every_term(matcher: Matcher, document: Document) -> tuple[list[Match], Stance]:
    """Every term of the desk, then the rules that may be satisfied."""
    found = matcher.find(document)
    reading = matcher.reading(document, found)
    matches = [matcher._match(rule, reading, SETTING) for rule in matcher._asked.rules(document)]
    return [one for one in matches if one is not None], stance(document, found, matcher.ruleset.vocabulary)


def _expression(rule: Rule) -> str:
    words = "|".join(re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in _words(rule))
    return rf"\b(?:{words})\b"


if __name__ == "__main__":
    main()
