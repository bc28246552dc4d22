"""Explanations of rules as lines for a person, and as a document for a program."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from monitor.core.alert import said
from monitor.core.clause import Assertion
from monitor.core.render import plain
from monitor.escalations import standing
from monitor.ruleset.desk import Desk
from monitor.ruleset.explain import Explanation, Look, Part
from monitor.store import Store

# Stand for the marks until the text is fit for a terminal; no text keeps them.
_OPEN, _CLOSE = "⟪", "⟫"
_BOLD, _PLAIN = "\x1b[1m", "\x1b[22m"

_JSON_COLUMNS = ("subject", "stance", "payload")


def lines(one: Explanation) -> Iterator[str]:
    """Each window with the rule's words marked in it, and the tree; a window with none of them in one line."""
    for look in one.looks:
        if not _any_met(look.tree):
            yield f"{look.name}: none of its words"
            continue
        yield f"{look.name}: {shown(look)}"
        if look.carried:
            yield f"  from the title: {', '.join(repr(plain(word)) for word in look.carried)}"
        yield from _tree(look.tree, 1)
        if look.said:
            yield f"  said: {plain(look.said)}{' (this window decides)' if look.deciding else ''}"
        elif look.missing:
            yield f"  missing: {plain('; '.join(look.missing))}"
    for counted in one.numbers:
        yield f"counts {plain(counted)}"


def as_dict(one: Explanation) -> dict[str, Any]:
    """The whole explanation; `match` is false for what is dropped by nothing but missing parts."""
    match = one.match
    return {
        "rule": one.rule.id,
        "match": match is not None,
        "nearness": one.nearness.name.lower().replace("_", "-"),
        "near_miss": one.near_miss,
        "verdict": one.verdict,
        "assertion": match.assertion.value if match else None,
        "cue": match.cue if match else None,
        "handling": match.handling.value if match else None,
        "excluded_by": match.excluded_by.name if match and match.excluded_by else None,
        "missing": one.missing,
        "silent": one.silent,
        "numbers": one.numbers,
        "evidence": [
            {"part": each.part, "start": each.start, "end": each.end, "text": each.text, "label": each.label}
            for each in (match.evidence if match else ())
        ],
        "windows": [_window(look) for look in one.looks],
    }


def escalations(store: Store, desk: Desk, line: dict[str, Any]) -> list[dict[str, Any]]:
    """The conditions under which the alert of a line of the ledger is graver: each met, or what is missing."""
    rule = desk.ruleset.by_any_name.get(line["rule_id"])
    if rule is None or not rule.escalate or line["alert_id"] is None:
        return []
    weighed = standing(store, rule, desk.feeds, line["alert_id"])
    return [{"name": one.condition.name, "met": one.met, "detail": one.detail} for one in weighed]


def shown(look: Look) -> str:
    """The text of a window with the words of the rule in «», and bold on a terminal."""
    text = look.text.replace(_OPEN, "?").replace(_CLOSE, "?")
    pieces, at = [], 0
    for start, end in look.marks:
        pieces += [text[at:start], _OPEN, text[start:end], _CLOSE]
        at = end
    bold = sys.stdout is not None and sys.stdout.isatty()
    opened, closed = (f"{_BOLD}«", f"»{_PLAIN}") if bold else ("«", "»")
    return plain("".join([*pieces, text[at:]])).replace(_OPEN, opened).replace(_CLOSE, closed)


def _window(look: Look) -> dict[str, Any]:
    return {
        "window": look.name,
        "text": look.text,
        "marks": look.marks,
        "carried": look.carried,
        "said": look.said or None,
        "decides": look.deciding,
        "missing": look.missing,
        "tree": _as_dict(look.tree),
    }


def _as_dict(part: Part) -> dict[str, Any]:
    lists = {"words": part.words, "obstacles": part.obstacles, "parts": [_as_dict(one) for one in part.parts]}
    return {"asks": part.asks, "met": part.met, **{key: value for key, value in lists.items() if value}}


def _any_met(part: Part) -> bool:
    return any(map(_any_met, part.parts)) if part.parts else bool(part.words)


def _tree(part: Part, depth: int) -> Iterator[str]:
    mark, words = "✓" if part.met else "✗", f": {', '.join(part.words)}" if part.words else ""
    yield f"{'  ' * depth}{mark} {plain(part.asks + words)}"
    for obstacle in part.obstacles:
        yield f"{'  ' * (depth + 1)}! {plain(obstacle)}"
    for one in part.parts:
        yield from _tree(one, depth + 1)


def said_of(line: dict[str, Any]) -> str:
    """How the entry says it, of a line of the ledger."""
    return said(Assertion(line["assertion"]), line["cue"])


def unpacked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the store with what is JSON in them as part of the document, not as a text within it."""
    return [{key: json.loads(value) if key in _JSON_COLUMNS else value for key, value in row.items()} for row in rows]
