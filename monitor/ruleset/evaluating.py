"""Labelled cases against the rules: how many of the matches are right, and which are not.

Knows the evaluation format (JSON Lines: id, lang, rule, expect, text - or title with lead and body); knows nothing of
files of a desk. Only `match` counts as found in precision and recall; what goes to the digest is counted apart.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any

from monitor import yamlfile
from monitor.core import entry, evidence
from monitor.core.evidence import Weighed
from monitor.core.feed import Feed
from monitor.core.match import Match, Matcher, Setting
from monitor.core.rule import Expectation, Handling, Rule
from monitor.core.text import sentences
from monitor.errors import Problem
from monitor.ruleset.explain import explain
from monitor.ruleset.ruletests import COUNTRY, LANGUAGE
from monitor.ruleset.targets import evidence_of, is_told_of, target, wrong_target

LONGEST_LINE = 1_000_000
# Where a case names no country of the feed, that of most outlets in its language.
_HOME = {"tr": "TR", "ru": "RU"}
_TEXTS = ("text", "title", "lead", "body")
_KEYS = ("id", "lang", "rule", "expect", "country", "state", *_TEXTS)
# What who labels notes for himself: the kind of a case, where it comes from, what it is kept for.
_NOTES = ("kind", "source", "split", "why")
_SURROGATE = re.compile("[\ud800-\udfff]")

_Counts = Counter[tuple[Expectation, Expectation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A labelled text; `country` is that of the outlet, `state` what it is evidence of, where the case says it."""

    id: str
    rule: str
    language: str
    expect: Expectation
    title: str
    body: str
    country: str
    state: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A case as the rule judged it; the reason is told where it is wrong.

    A match that is evidence of another state than the case says is not found. `vain`: why one that is right moves no
    state in the pipeline; "" where it may.
    """

    case: Case
    got: Expectation
    reason: str = ""
    vain: str = ""

    @property
    def right(self) -> bool:
        """Whether it rings exactly where it should."""
        return (self.got is Expectation.MATCH) is (self.case.expect is Expectation.MATCH)


def cases_of(lines: Iterable[str], name: str) -> Iterator[Case | Problem]:
    """The case on each line that has one, or what is wrong with it; blank lines are passed over."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            found = _case(line, number)
            yield Problem(file=name, line=number, message=found) if isinstance(found, str) else found


def known_cases(found: Iterable[Case | Problem], rules: Mapping[str, Rule], name: str) -> Iterator[Case | Problem]:
    """The same, with a problem in place of a case of a rule that is not in `rules`."""
    for one in found:
        if isinstance(one, Case) and one.rule not in rules:
            message = f"no rule is called {one.rule!r}{yamlfile.nearest(one.rule, rules)}"
            yield Problem(file=name, line=one.line, message=message)
        elif isinstance(one, Case) and (wrong := _wrong_state(one, rules[one.rule])):
            yield Problem(file=name, line=one.line, message=wrong)
        else:
            yield one


def judge(matcher: Matcher, rules: Mapping[str, Rule], cases: Iterable[Case], today: date) -> Iterator[Verdict]:
    """Each case of a rule that is in `rules` (by id or a former one), judged by the code that alerts."""
    for case in cases:
        rule = rules[case.rule]
        document = entry.read(case.title, case.body, case.language, whole="body" in rule.scope)
        setting = setting_of(case.country, case.language, today)
        match = matcher.match(rule, document, matcher.find(document), setting)
        got, told = outcome(match), told_in(matcher, rule, match)
        if got is Expectation.MATCH and case.state and case.state not in evidence_of(told):
            reason = f"not {case.state}, but {is_told_of(rule, told)}"
            yield Verdict(case=case, got=Expectation.NO_MATCH, reason=reason)
            continue
        vain = evidence.in_vain(rule, told) if got is case.expect is Expectation.MATCH else ""
        verdict = Verdict(case=case, got=got, vain=vain)
        yield verdict if verdict.right else replace(verdict, reason=explain(matcher, rule, document, setting).verdict)


def told_in(matcher: Matcher, rule: Rule, match: Match | None) -> tuple[Weighed, ...]:
    """What a match tells of the states of its rule."""
    return evidence.in_text(rule, match.proposals, matcher.ruleset.vocabulary.groups) if match is not None else ()


def outcome(match: Match | None) -> Expectation:
    """What a rule makes of a text: an alert, a line of the digest, or nothing."""
    if match is None or match.excluded_by is not None or match.handling is Handling.DROP:
        return Expectation.NO_MATCH
    return Expectation.DIGEST if match.handling is Handling.DIGEST else Expectation.MATCH


def setting_of(country: str, language: str, today: date, link: str = "", dated: date | None = None) -> Setting:
    """The setting of a text that stands for an entry of some feed of a country."""
    if not country:
        return Setting(today=today, link=link, dated=dated)
    feed = Feed(id="", url="", host="", title="", language=language, country=country, tier=1, owner="", kind="")
    return Setting(today=today, link=link, feed=feed, dated=dated)


def report(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """The figures of an evaluation, overall, by rule and by language, and every error; keeps no case but these.

    `no_evidence` is there where a match that is right moves no state in the pipeline.
    """
    by_rule: dict[str, _Counts] = defaultdict(Counter)
    by_language: dict[str, _Counts] = defaultdict(Counter)
    every: _Counts = Counter()
    errors, vain = [], []
    for one in verdicts:
        case, way = one.case, (one.case.expect, one.got)
        for counts in (every, by_rule[case.rule], by_language[case.language]):
            counts[way] += 1
        if not one.right:
            errors.append(
                {"id": case.id, "rule": case.rule, "lang": case.language, "expect": case.expect.value,
                 "got": one.got.value, "reason": one.reason}
            )  # fmt: skip
        elif one.vain:
            vain.append({"id": case.id, "rule": case.rule, "lang": case.language, "reason": one.vain})
    return {
        "overall": _figures(every),
        "by_rule": {name: _figures(some) for name, some in sorted(by_rule.items())},
        "by_lang": {name: _figures(some) for name, some in sorted(by_language.items())},
        "routed": {
            expected.value: {got.value: every[expected, got] for got in Expectation} for expected in Expectation
        },
        "errors": errors,
        **({"no_evidence": vain} if vain else {}),
    }


def _figures(ways: _Counts) -> dict[str, Any]:
    counts: Counter[tuple[bool, bool]] = Counter()
    for (expected, got), number in ways.items():
        counts[expected is Expectation.MATCH, got is Expectation.MATCH] += number
    tp, fp, fn, tn = counts[True, True], counts[False, True], counts[True, False], counts[False, False]
    precision = tp / (tp + fp) if tp + fp else 0.0
    recall = tp / (tp + fn) if tp + fn else 0.0
    f1 = 2 * tp / (2 * tp + fp + fn) if tp else 0.0
    return {"tp": tp, "fp": fp, "fn": fn, "tn": tn, "precision": round(precision, 4), "recall": round(recall, 4),
            "f1": round(f1, 4)}  # fmt: skip


def _case(line: str, number: int) -> Case | str:
    """The case on a line, or what is wrong with it."""
    raw = _object(line)
    if isinstance(raw, str):
        return raw
    title, body = _split(raw)
    language = str(raw.get("lang") or "en")
    return Case(
        id=str(raw.get("id", number)),
        rule=raw["rule"],
        language=language,
        expect=Expectation(raw["expect"]),
        title=title,
        body=body,
        country=str(raw.get("country") or _HOME.get(language, "")),
        state=target(raw.get("state") or ""),
        line=number,
    )


def _object(line: str) -> dict[str, Any] | str:
    if len(line) > LONGEST_LINE:
        return f"the line is longer than {LONGEST_LINE:,} characters"
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        return "the line is no JSON (or no UTF-8); each line is one object"
    if not isinstance(raw, dict):
        return 'the line is no JSON object such as {"id": ..., "lang": ..., "rule": ..., "expect": ..., "text": ...}'
    return _wrong(raw) or raw


def _wrong(raw: Mapping[str, Any]) -> str:
    """What is wrong with an object, "" where it is a case."""
    return next(chain(_wrong_kind(raw), _wrong_value(raw)), "")


def _wrong_kind(raw: Mapping[str, Any]) -> Iterator[str]:
    for key in raw:
        if key not in _KEYS + _NOTES:
            yield f"a case has no {key!r}{yamlfile.nearest(key, _KEYS + _NOTES)}"
    for key in ("rule", "expect"):
        if not isinstance(raw.get(key), str):
            yield f"{key!r} is missing, or no text"
    for key in (*_TEXTS, "lang", "country", "state"):
        if not isinstance(raw.get(key) or "", str):
            yield f"{key!r} is no text"


def _wrong_value(raw: Mapping[str, Any]) -> Iterator[str]:
    if raw["expect"] not in set(Expectation):
        yield f"'expect' is match, digest or no-match, not {raw['expect']!r}"
    if not any((raw.get(key) or "").strip() for key in _TEXTS):
        yield "there is no text; give 'text', or 'title' with 'lead' and 'body'"
    if raw.get("text") and any(raw.get(key) for key in _TEXTS[1:]):
        yield "give 'text', or 'title' with 'lead' and 'body', and not both"
    if raw.get("lang") and not LANGUAGE.fullmatch(raw["lang"]):
        yield f"'lang' is a language code such as en, tr or kmr, not {raw['lang']!r}"
    if raw.get("country") and not COUNTRY.fullmatch(raw["country"]):
        yield f"'country' is the code of the feed's country, such as TR, not {raw['country']!r}"


def _wrong_state(case: Case, rule: Rule) -> str:
    """What is wrong with the state that a case names."""
    if not case.state:
        return ""
    if not rule.facets:
        return f"'state' is of rules of type status, and {rule.id!r} is none"
    if case.expect is not Expectation.MATCH:
        return "'state' is of a case with 'expect' match"
    return wrong_target(case.state, rule.facets)


def _split(raw: Mapping[str, Any]) -> tuple[str, str]:
    """Title and body; the first sentence of a bare text stands for its headline."""
    texts = {key: _SURROGATE.sub("\ufffd", str(raw.get(key) or "")) for key in _TEXTS}
    if not texts["title"] and texts["text"]:
        first, *rest = sentences(texts["text"]) or [""]
        return first, " ".join(rest)
    return texts["title"], "\n\n".join(part for part in (texts["lead"], texts["body"]) if part)
