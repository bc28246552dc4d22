"""What stands under `numbers:` in a rule: the figures it counts, in which series, and which changes it tells."""

import re
from datetime import date

from monitor import yamlfile
from monitor.core import query
from monitor.core.clause import Either, Query
from monitor.core.numbers import AlertOn, Baseline, Conflict, Form, Numbers, Per, Series
from monitor.core.rule import RuleTest
from monitor.ruleset.clauses import ClauseReader
from monitor.yamlfile import Node, Problems

NUMBERS_KEYS = ("near", "forms", "within", "series", "per", "expect", "alert_on", "conflict")
SERIES_KEYS = ("when", "baseline")
BASELINE_KEYS = ("value", "as_of")
ALERT_ON_KEYS = ("change", "min_delta", "ratio", "jump_over")
NONDECREASING, ANY = "nondecreasing", "any"
EXPECTED = (NONDECREASING, ANY)
NUMBER_FORMS, PERS, CONFLICTS = (
    tuple(one.value for one in Form),
    tuple(one.value for one in Per),
    tuple(map(str, Conflict)),
)
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORDS = re.compile(r"([0-9]{1,3}) words?")
_RATIO = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")
_WIDEST, _MOST, _LARGEST_RATIO = 40, 1_000_000, 100.0
_USUAL = Numbers(name="usual", near=Either(()))


class NumbersReader:
    """Reads `numbers:` against one vocabulary."""

    def __init__(self, clauses: ClauseReader, problems: Problems) -> None:
        self._clauses = clauses
        self._problems = problems

    def read(self, node: Node) -> tuple[Numbers, ...]:
        """The figures of a rule, by the names they are written under."""
        if node.value == {}:
            self._problems.add(node, "'numbers' names no figure; give one such as 'killed: {near: $topic.killed}'")
        named = yamlfile.pairs(node, self._problems, "'numbers'")
        read = [self._numbers(name, self._named(name, node, "'numbers'"), one) for name, one in named]
        return tuple(one for one in read if one is not None)

    def check_tests(self, tests: tuple[RuleTest, ...], numbers: tuple[Numbers, ...], node: Node) -> None:
        """Refuse a test that expects a figure which the rule does not count."""
        known = [name for one in numbers for name in dict.fromkeys([one.name, *_names(one)])]
        for test in tests:
            for name, _ in test.numbers:
                if name not in known:
                    hint = yamlfile.nearest(name, known, self._problems)
                    has = f"it has {', '.join(known)}" if known else "it has no 'numbers'"
                    message = (
                        f"the test in line {test.line} expects a figure {name!r} that the rule does not count; {has}"
                    )
                    self._problems.add(node, message + hint)

    def _numbers(self, name: str, what: str, node: Node) -> Numbers | None:
        keys = yamlfile.mapping(node, self._problems, known=NUMBERS_KEYS, required=("near",), what=what)
        near = self._near(keys["near"], f"{what}: 'near'") if "near" in keys else None
        made = Numbers(
            name=name,
            near=near or Either(()),
            forms=self._forms(keys["forms"]) if "forms" in keys else _USUAL.forms,
            within=self._within(keys["within"]) if "within" in keys else _USUAL.within,
            series=self._all_series(keys["series"]) if "series" in keys else (),
            per=Per(self._choice(keys, "per", PERS) or _USUAL.per),
            nondecreasing=self._choice(keys, "expect", EXPECTED) != ANY,
            alert_on=self._alert_on(keys["alert_on"]) if "alert_on" in keys else _USUAL.alert_on,
            conflict=Conflict(self._choice(keys, "conflict", CONFLICTS) or _USUAL.conflict),
        )
        return made if near is not None else None

    def _named(self, name: str, node: Node, where: str) -> str:
        if not NAME.fullmatch(name):
            message = f"{name!r} in {where}: use lower-case letters, digits and '_', at most 40, a letter first"
            self._problems.add(node.keys[name], message)
        return f"{name!r} in {where}"

    def _near(self, node: Node, what: str) -> Query | None:
        """One query, or a list of them: what the figure stands beside."""
        nodes = node.value if isinstance(node.value, list) else [node]
        if not nodes:
            self._problems.add(node, f"{what} lists nothing; name what the figure stands beside")
        found = [self._clauses.clause(one, what, 2) for one in nodes]
        parts = tuple(part for part in found if part is not None)
        if any(not query.has_place(part) for part in parts):
            message = f"{what} is one thing in one place: a word, a phrase, a $reference, or one of several"
            self._problems.add(node, f"{message}; of 'A and B' nobody can say how far a figure stands from it")
            return None
        if len(parts) < len(found) or not parts:
            return None
        return parts[0] if len(parts) == 1 else Either(parts)

    def _forms(self, node: Node) -> frozenset[Form]:
        items = yamlfile.items(node, self._problems, "'forms'")
        if node.value == []:
            self._problems.add(node, "'forms' lists nothing; give cardinal, ordinal or both, or remove the key")
        words = [yamlfile.choice(item, self._problems, "an item of 'forms'", NUMBER_FORMS) for item in items]
        return frozenset(Form(word) for word in words if word)

    def _within(self, node: Node) -> int:
        words = _WORDS.fullmatch(node.value) if isinstance(node.value, str) else None
        if words and 1 <= int(words[1]) <= _WIDEST:
            return int(words[1])
        self._problems.add(node, f"'within' of a figure is 1 to {_WIDEST} words, written as '6 words'")
        return _USUAL.within

    def _all_series(self, node: Node) -> tuple[Series, ...]:
        if node.value == {}:
            self._problems.add(node, "'series' names none; give at least one, or remove the key")
        read = [self._series(name, one, node) for name, one in yamlfile.pairs(node, self._problems, "'series'")]
        others = [one.name for one in read if one.when is None]
        if len(others) > 1:
            message = f"only one series has no 'when', that of texts that name no other; {others[1]!r} needs one"
            self._problems.add(node.keys[others[1]], message)
        return tuple(read)

    def _series(self, name: str, node: Node, parent: Node) -> Series:
        what = self._named(name, parent, "'series'")
        # "overall: {}" is the series of texts that name no other.
        keys = yamlfile.mapping(node, self._problems, known=SERIES_KEYS, what=what)
        when = self._clauses.clause(keys["when"], f"{what}: 'when'", 1) if "when" in keys else None
        baseline = self._baseline(keys["baseline"]) if "baseline" in keys else None
        return Series(name=name, when=when or (Either(()) if "when" in keys else None), baseline=baseline)

    def _baseline(self, node: Node) -> Baseline:
        keys = yamlfile.mapping(node, self._problems, known=BASELINE_KEYS, required=BASELINE_KEYS, what="'baseline'")
        value = yamlfile.whole(keys["value"], self._problems, "'value'", 0, _MOST) if "value" in keys else 0
        as_of = yamlfile.day(keys["as_of"], self._problems, "'as_of'") if "as_of" in keys else None
        return Baseline(value=value, as_of=as_of or date.min)

    def _alert_on(self, node: Node) -> AlertOn:
        keys = yamlfile.mapping(node, self._problems, known=ALERT_ON_KEYS, what="'alert_on'")
        change = "change" not in keys or yamlfile.truth(keys["change"], self._problems, "'change'")
        if not change and "jump_over" not in keys and keys.keys() & {"min_delta", "ratio"}:
            self._problems.add(
                node, "'alert_on' has 'change: false', so 'min_delta' and 'ratio' never count; drop them"
            )
        usual = _USUAL.alert_on
        return AlertOn(
            change=change,
            min_delta=self._whole(keys, "min_delta") or usual.min_delta,
            ratio=self._ratio(keys["ratio"]) if "ratio" in keys else usual.ratio,
            jump_over=self._whole(keys, "jump_over"),
        )

    def _whole(self, keys: dict[str, Node], key: str) -> int | None:
        return yamlfile.whole(keys[key], self._problems, f"{key!r}", 1, _MOST) if key in keys else None

    def _ratio(self, node: Node) -> float:
        written = node.value if isinstance(node.value, str) else ""
        if _RATIO.fullmatch(written) and 1 <= float(written) <= _LARGEST_RATIO:
            return float(written)
        message = f"'ratio' is a number from 1 to {_LARGEST_RATIO:g}, such as 1.25: how many times the figure before"
        self._problems.add(node, message)
        return _USUAL.alert_on.ratio

    def _choice(self, keys: dict[str, Node], key: str, allowed: tuple[str, ...]) -> str:
        return yamlfile.choice(keys[key], self._problems, f"{key!r}", allowed) if key in keys else ""


def series_called(written: object) -> tuple[str, ...]:
    """What conditions call the figures that are written under `numbers`: by the name, or by name and series."""
    found: list[str] = []
    for name, node in written.items() if isinstance(written, dict) else ():
        below = node.value.get("series") if isinstance(node.value, dict) else None
        series = below.value if below is not None and isinstance(below.value, dict) else {}
        found += [name, *(f"{name}.{one}" for one in series)]
    return tuple(found)


def _names(one: Numbers) -> list[str]:
    """What a figure is counted as: its name, or name and series."""
    return [f"{one.name}.{series.name}" for series in one.series] or [one.name]
