"""Rules against documents: which match, by which words, and how the text says it.

Knows rules and found terms; knows nothing of stories, alerts or where a text came from. Rules do not depend on each
other's order; the evidence is what the matcher itself used, in the words of the original text.

    terms of all rules, found in one pass ──► rules of which a required term is there ──► windows of the text
        ──► how it is said ──► alert, digest or drop ──► exclusions
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitor.core.asked import Asked
from monitor.core.clause import Assertion, AtLeast, Both, Either, Event, Only, Reference, Without, nodes
from monitor.core.entry import Document
from monitor.core.evaluate import evaluate, needs
from monitor.core.feed import Feed
from monitor.core.modality import Said, assess
from monitor.core.reading import Reading
from monitor.core.rule import Exclusion, Handling, Rule, Ruleset, Scope, Status, Window
from monitor.core.terms import Found, Span
from monitor.core.view import Finding, View, Way
from monitor.core.wanted import Wanted

# A word that stands in a sentence more often than this says nothing new the next time.
_MOST_OCCURRENCES = 8
_ORDER = {Handling.ALERT: 0, Handling.DIGEST: 1, Handling.DROP: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Words of the entry that satisfied a part of a rule; `start` and `end` are character offsets in `part`."""

    part: str
    start: int
    end: int
    text: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that an entry satisfies.

    `subject` holds the references that were met, whatever the words; for a rule without references, its words.
    `assertion` is how the text says it, by the words `cue` ("" for a plain statement), and `handling` what the rule
    does with that. `excluded_by` is the exclusion that drops the match, if one does.
    """

    rule_id: str
    evidence: tuple[Evidence, ...]
    subject: frozenset[str]
    assertion: Assertion = Assertion.DONE
    cue: str = ""
    handling: Handling = Handling.ALERT
    excluded_by: Exclusion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and when a text stands: its link and feed, None for no feed's; `dated` is the day it is of, else today."""

    today: date
    dated: date | None = None
    link: str = ""
    feed: Feed | None = None

    @property
    def year(self) -> int:
        """The first year that is not the past: in January and February, that is the last one."""
        day = self.dated or self.today
        return day.year if day.month > 2 else day.year - 1


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One way in which a window satisfies a rule, before it is asked how it is said."""

    leaves: tuple[tuple[Span, str], ...]
    allow: frozenset[Assertion] = frozenset()


@dataclass(frozen=True, slots=True)
class Judged:
    """A window that satisfies a rule, how it says so, and what the rule does with that."""

    view: View
    finding: Finding
    leaves: tuple[tuple[Span, str], ...]
    said: Said
    handling: Handling


class Matcher:
    """A ruleset made ready to run over documents; what it keeps between them only spares looking twice.

    `reads_body` says whether a rule looks beyond title and lead, so that the text is needed whole.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self._wanted = Wanted(ruleset)
        rules = [rule for rule in ruleset.rules.values() if rule.status is not Status.DRAFT]
        self._needs = {rule.id: needs(rule.match, window=True) for rule in ruleset.rules.values()}
        self._asked = Asked(((rule, _needed(rule, self._needs[rule.id])) for rule in rules), self._wanted.labels_begun)
        self.reads_body = any("body" in rule.scope for rule in rules)

    def find(self, document: Document) -> Found:
        """Every term of the desk that the document holds, by label."""
        return self._wanted.find(document)

    def matches(self, document: Document, setting: Setting, found: Found | None = None) -> list[Match]:
        """The rules the document satisfies, in the order of their ids; dropped ones included, with the reason.

        A draft is not asked, nor a rule that does not listen to the feed. `found` spares to look again.
        """
        asked = [rule for rule in self._asked.rules(document) if rule.sources.takes(setting.feed)]
        if not asked:
            return []
        reading = self.reading(document, self._wanted.find(document, asked) if found is None else found)
        made = [self._match(rule, reading, setting) for rule in asked]
        return [match for match in made if match is not None]

    def match(self, rule: Rule, document: Document, found: Found, setting: Setting) -> Match | None:
        """The match of one rule, whatever its status and sources, or None."""
        return self._match(rule, self.reading(document, found), setting)

    def _match(self, rule: Rule, reading: Reading, setting: Setting) -> Match | None:
        judged = self.judge(rule, reading, setting)
        if judged is None:
            return None
        subject = frozenset(_subject(judged.finding)) or frozenset(label for _, label in judged.leaves)
        cue = "" if judged.said.cue is None else reading.words_at(judged.said.cue)
        return Match(
            rule_id=rule.id,
            evidence=_evidence(judged.leaves, reading.document),
            subject=subject,
            assertion=judged.said.assertion,
            cue=cue,
            handling=judged.handling,
            excluded_by=_exclusion(rule, reading, setting),
        )

    def reading(self, document: Document, found: Found) -> Reading:
        """A document with what was found in it, made ready for several rules."""
        return Reading(document, found, self._wanted.entities, self._wanted.acting)

    def judge(self, rule: Rule, reading: Reading, setting: Setting) -> Judged | None:
        """The window that decides: the title if it satisfies the rule by itself, else the one that says it plainest.

        Background in the lead does not undo a headline; nor does it make news of one that says "may".
        """
        best: Judged | None = None
        for view, _, judged in self.weighed(rule, reading, setting, self._needs[rule.id]):
            if judged is None:
                continue
            if best is None or _ORDER[judged.handling] < _ORDER[best.handling]:
                best = judged
            if _leads(rule, view, reading):
                return best
        return best

    def weighed(
        self, rule: Rule, reading: Reading, setting: Setting, groups: Sequence[frozenset[str]] = ()
    ) -> Iterator[tuple[View, Finding, Judged | None]]:
        """Each window with how the rule fares in it, and what it makes of that.

        Nothing where the rule is not satisfied. Windows that lack every label of one of the `groups` are passed over.
        """
        country = setting.feed.country if setting.feed else ""
        title: View | None = None
        for view in reading.views(rule.scope, rule.within, country, shadow=rule.status is Status.SHADOW):
            leads = _leads(rule, view, reading)
            if leads:
                title = view
            if any(view.inside.keys().isdisjoint(group) for group in groups):
                continue
            finding = evaluate(rule.match, view)
            if finding.met and leads:
                title = None
            if not finding.met:
                yield view, finding, None
                continue
            judged = self._said(rule, finding, view, reading, setting)
            yield view, finding, judged if title is None else self._under(title, judged, reading, setting)

    def _said(self, rule: Rule, finding: Finding, view: View, reading: Reading, setting: Setting) -> Judged:
        """The candidate of a window that the rule wants most; of equals, the first."""
        judged = [
            Judged(view, finding, candidate.leaves, said, _handling(rule, said, candidate))
            for candidate in _candidates(finding)
            for said in (self._assess(candidate.leaves, view, reading, setting),)
        ]
        return min(judged, key=lambda one: _ORDER[one.handling])

    def _under(self, title: View, judged: Judged, reading: Reading, setting: Setting) -> Judged:
        """What a sentence says under a headline that does not satisfy the rule, but speaks of the same.

        "Macron urges Damascus and SDF to keep the truce": the truce that was "agreed" in the next sentence is that of
        last week. Only a headline that names the deed itself is heard, and it makes a line of the digest at most of
        what the sentence says: what rings is never dropped for what stands elsewhere.
        """
        deeds = [
            (span, label)
            for _, label in judged.leaves
            if label not in self._wanted.entities
            for span in title.inside.get(label, ())
        ]
        if judged.handling is not Handling.ALERT or judged.said.assertion is not Assertion.DONE or not deeds:
            return judged
        said = self._assess(deeds, title, reading, setting)
        return judged if said.assertion is Assertion.DONE else replace(judged, said=said, handling=Handling.DIGEST)

    def _assess(self, leaves: Sequence[tuple[Span, str]], view: View, reading: Reading, setting: Setting) -> Said:
        inside = [(span, label) for span, label in leaves if not view.carried(span)]
        core = [span for span, label in inside if label not in self._wanted.entities]
        return assess(
            core or [span for span, _ in inside] or [view.window],
            view,
            reading.marks,
            reading.document.language,
            text=reading.text_of(view.window),
            words=reading.words_in(view.window),
            year=setting.year,
            treaties=[span for label in self._wanted.treaties for span in view.inside.get(label, ())],
        )


def _leads(rule: Rule, view: View, reading: Reading) -> bool:
    """Whether a window is the headline of what stands below it."""
    return rule.within is Window.SENTENCE and reading.is_title(view)


def _needed(rule: Rule, of_window: list[frozenset[str]]) -> list[frozenset[str]]:
    """What every text needs to satisfy a rule: what every window does, unless it looks at parts by their names."""
    return of_window if not any(isinstance(one, Only) for one in nodes(rule.match)) else needs(rule.match)


def _handling(rule: Rule, said: Said, candidate: _Candidate) -> Handling:
    if said.assertion in candidate.allow:
        return rule.handling[Assertion.DONE]
    return rule.handling[said.assertion]


def _candidates(finding: Finding) -> Iterator[_Candidate]:
    """Each alternative that is met, and each event: they are said in ways of their own."""
    if isinstance(finding.query, Either):
        for part in finding.parts:
            yield from _candidates(part) if part.met else ()
    elif isinstance(finding.query, Event):
        yield from (_Candidate(way.leaves, finding.query.allow) for way in finding.ways)
    else:
        yield from (_Candidate(leaves) for leaves in _proofs(finding))


def _exclusion(rule: Rule, reading: Reading, setting: Setting) -> Exclusion | None:
    for one in rule.exclude:
        if one.until is not None and setting.today >= one.until:
            continue
        if any(part in setting.link for part in one.url):
            return one
        if one.when is not None and all(evaluate(one.when, view).met for view in seen_by(one, rule, reading, setting)):
            return one
    return None


def seen_by(one: Exclusion, rule: Rule, reading: Reading, setting: Setting) -> list[View]:
    """What an exclusion looks at: the text, or each sentence that satisfies the rule by itself, if one does."""
    shadow, country = rule.status is Status.SHADOW, setting.feed.country if setting.feed else ""
    whole = list(reading.views(rule.scope, Window.TEXT, country, shadow=shadow))
    if one.scope is Scope.TEXT:
        return whole
    views = reading.views(rule.scope, Window.SENTENCE, country, shadow=shadow)
    return [view for view in views if evaluate(rule.match, view).met] or whole


def _evidence(leaves: Iterable[tuple[Span, str]], document: Document) -> tuple[Evidence, ...]:
    """The words that satisfied each leaf, in the order of the text."""
    evidence = []
    for span, label in sorted(set(leaves)):
        part, start, end = document.place(span.start, span.end)
        text = part.text[start:end]
        evidence.append(Evidence(part=part.name, start=start, end=end, text=text, label=label))
    return tuple(evidence)


def _proofs(finding: Finding) -> Iterator[tuple[tuple[Span, str], ...]]:
    """The words that satisfied each leaf: the first of each, then each other occurrence with the first of the rest.

    "No patrols took place for a year, but on Monday Turkey and Russia held patrols" says it of the second.
    """
    ways = [one[:_MOST_OCCURRENCES] for one in _proving(finding)]
    first = tuple(leaf for some in ways for leaf in some[0].leaves)
    yield first
    for place, some in enumerate(ways):
        for other in some[1:]:
            chosen = [other if at == place else one[0] for at, one in enumerate(ways)]
            yield tuple(leaf for way in chosen for leaf in way.leaves)


def _proving(finding: Finding) -> Iterator[tuple[Way, ...]]:
    """The ways of each part that proves the whole; what is absent proves nothing."""
    if not finding.met or isinstance(finding.query, Without):
        return
    if isinstance(finding.query, Both | Either | AtLeast | Only):
        for part in finding.parts:
            yield from _proving(part)
    else:
        yield finding.ways


def _subject(finding: Finding) -> Iterator[str]:
    """The references that are met, whatever the words."""
    if not finding.met or isinstance(finding.query, Without):
        return
    if isinstance(finding.query, Reference):
        yield finding.query.name
    for part in finding.parts:
        yield from _subject(part)
