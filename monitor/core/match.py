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
from monitor.core.clause import Assertion, Either, Only, Query, nodes
from monitor.core.dating import dated_back
from monitor.core.entry import Document
from monitor.core.evaluate import alternatives, evaluate, evaluate_some, needs
from monitor.core.feed import Feed
from monitor.core.modality import Said, assess, governs_at_once
from monitor.core.proof import Candidate, candidates, subject_of
from monitor.core.proposal import Proposal, background, denied_by, fingerprint, is_named, states_of
from monitor.core.reading import Reading
from monitor.core.rule import Exclusion, Handling, Rule, Ruleset, Scope, Status, Window
from monitor.core.terms import Found, Span
from monitor.core.view import Finding, View
from monitor.core.wanted import Wanted

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
    does with that. `excluded_by` is the exclusion that drops the match, if one does. `proposals` are those of a status
    rule, in the order of its facets and states. `headline`: the title names the deed.
    """

    rule_id: str
    evidence: tuple[Evidence, ...]
    subject: frozenset[str]
    assertion: Assertion = Assertion.DONE
    cue: str = ""
    handling: Handling = Handling.ALERT
    excluded_by: Exclusion | None = None
    proposals: tuple[Proposal, ...] = ()
    headline: bool = True


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
class Judged:
    """A window that satisfies a rule, how it says so, and what the rule does with that."""

    view: View
    finding: Finding
    leaves: tuple[tuple[Span, str], ...]
    said: Said
    handling: Handling


@dataclass(frozen=True, slots=True)
class Survey:
    """What a document comes to: its matches, and of its terms those that matter, by label.

    `found` has what `veto.stance` reads; of other labels, only those that the rules it may satisfy ask for.
    """

    matches: list[Match]
    found: Found
    reading: Reading


class Matcher:
    """A ruleset made ready to run over documents; what it keeps between them only spares looking twice.

    `reads_body` says whether a rule looks beyond title and lead, so that the text is needed whole.
    """

    def __init__(self, ruleset: Ruleset, wanted: Wanted | None = None) -> None:
        self.ruleset = ruleset
        self._wanted = wanted or Wanted(ruleset)
        rules = [rule for rule in ruleset.rules.values() if rule.status is not Status.DRAFT]
        self._needs = {rule.id: needs(rule.match, window=True) for rule in ruleset.rules.values()}
        self._states = {rule.id: tuple(states_of(rule)) for rule in ruleset.rules.values() if rule.facets}
        queries = [rule.match for rule in rules] + [one.query for states in self._states.values() for one in states]
        # By identity, which the rules and their states keep: a query of events has no value to be found by.
        self._alternatives = {
            id(query): [(part, needs(part, window=True)) for part in alternatives(query)]
            for query in queries
            if isinstance(query, Either)
        }
        self._asked = Asked(((rule, _needed(rule, self._needs[rule.id])) for rule in rules), self._wanted.labels_begun)
        self.reads_body = any("body" in rule.scope for rule in rules)

    def alone(self, *rule_ids: str) -> "Matcher":
        """The same for some of its rules, as if they were live; it shares the desk's words, which take half a second.

        Names that wait for review still count for a rule in shadow, and for no other.
        """
        chosen = {name: self.ruleset.rules[name] for name in rule_ids if name in self.ruleset.rules}
        patterns = {name: one for name, one in self.ruleset.correlations.items() if name in rule_ids}
        live = {name: replace(rule, status=Status.LIVE) for name, rule in chosen.items()}
        heard = {name: rule if rule.status is Status.SHADOW else live[name] for name, rule in chosen.items()}
        some = Matcher(Ruleset(rules=heard, vocabulary=self.ruleset.vocabulary), self._wanted)
        some.ruleset = Ruleset(
            rules=live,
            vocabulary=self.ruleset.vocabulary,
            correlations={name: replace(one, status=Status.LIVE) for name, one in patterns.items()},
        )
        return some

    def with_rules(self, ruleset: Ruleset) -> "Matcher":
        """The same for other rules that ask for no more than its own; it shares the desk's words."""
        return Matcher(ruleset, self._wanted)

    def find(self, document: Document) -> Found:
        """Every term of the desk that the document holds, by label: for `match`, and for who explains."""
        return self._wanted.find(document)

    def matches(self, document: Document, setting: Setting) -> list[Match]:
        """The rules the document satisfies, in the order of their ids; dropped ones included, with the reason.

        A draft is not asked, nor a rule that does not listen to the feed.
        """
        return self.survey(document, setting).matches

    def survey(self, document: Document, setting: Setting) -> Survey:
        """What `matches` says, and the terms that the stance of the document is taken from.

        A text that can satisfy no rule is searched for the few terms of its stance alone.
        """
        asked = [rule for rule in self._asked.rules(document) if rule.sources.takes(setting.feed)]
        found = self._wanted.find(document, asked)
        reading = self.reading(document, found)
        made = [self._match(rule, reading, setting) for rule in asked]
        return Survey([match for match in made if match is not None], found, reading)

    def match(self, rule: Rule, document: Document, found: Found, setting: Setting) -> Match | None:
        """The match of one rule, whatever its status and sources, or None."""
        return self._match(rule, self.reading(document, found), setting)

    def _match(self, rule: Rule, reading: Reading, setting: Setting) -> Match | None:
        judged = self.judge(rule, reading, setting)
        if judged is None:
            return None
        subject = frozenset(subject_of(judged.finding)) or frozenset(label for _, label in judged.leaves)
        cue = "" if judged.said.cue is None else reading.words_at(judged.said.cue)
        return Match(
            rule_id=rule.id,
            evidence=_evidence(judged.leaves, reading.document),
            subject=subject,
            assertion=judged.said.assertion,
            cue=cue,
            handling=judged.handling,
            excluded_by=self._exclusion(rule, reading, setting),
            proposals=tuple(self._proposals(rule, reading, setting)),
            headline=self._in_headline(judged, reading),
        )

    def _in_headline(self, judged: Judged, reading: Reading) -> bool:
        """Whether the title has a word of the rule that is no name; a rule of names alone has none to ask for."""
        deeds = {label for _, label in judged.leaves if label not in self._wanted.entities}
        end = len(reading.document.parts[0].tokens)
        found = reading.all_of()
        return not deeds or any(span.end < end for label in deeds for span in found.get(label, ()))

    def _proposals(self, rule: Rule, reading: Reading, setting: Setting) -> Iterator[Proposal]:
        """What the text says of each facet: each state is asked for as a rule of its own would be."""
        for one in self._states.get(rule.id, ()):
            asked = replace(rule, match=one.query)
            judged = self._judge(asked, reading, setting, one.needs)
            if judged is not None:
                cue = judged.said.cue
                yield Proposal(
                    facet=one.facet,
                    state=one.state,
                    assertion=judged.said.assertion,
                    cue="" if cue is None else reading.words_at(cue),
                    handling=judged.handling,
                    names=frozenset(label[1:] for label in one.names if is_named(label, judged.view, reading)),
                    sentence=fingerprint(reading.text_of(judged.view.window)),
                    headline=reading.is_title(judged.view),
                    dated_back=self._dated_back(judged, reading, setting),
                    denied_by=denied_by(judged.said.assertion, one.names, judged.view, reading, self._wanted.countries),
                )

    def _dated_back(self, judged: Judged, reading: Reading, setting: Setting) -> str:
        window = judged.view.window
        deeds = [
            span
            for span, label in judged.leaves
            if label not in self._wanted.entities and window.start <= span.start and span.end <= window.end
        ]
        day = setting.dated or setting.today
        return dated_back(deeds, reading.words_in(window), reading.document.language, day) or background(
            deeds, judged.view, reading
        )

    def reading(self, document: Document, found: Found) -> Reading:
        """A document with what was found in it, made ready for several rules."""
        return Reading(document, found, self._wanted.entities, self._wanted.acting)

    def judge(self, rule: Rule, reading: Reading, setting: Setting) -> Judged | None:
        """The window that decides: the title if it satisfies the rule by itself, else the one that says it plainest.

        Background in the lead does not undo a headline; nor does it make news of one that says "may".
        """
        return self._judge(rule, reading, setting, self._needs[rule.id])

    def _judge(self, rule: Rule, reading: Reading, setting: Setting, groups: Sequence[frozenset[str]]) -> Judged | None:
        best: Judged | None = None
        for view, _, judged in self.weighed(rule, reading, setting, groups):
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

        Nothing where the rule is not satisfied. With `groups`, windows that lack every label of one are passed over,
        and so are alternatives of the rule that lack theirs.
        """
        country = setting.feed.country if setting.feed else ""
        title: View | None = None
        for view in reading.views(rule.scope, rule.within, country, shadow=rule.status is Status.SHADOW):
            leads = _leads(rule, view, reading)
            if leads:
                title = view
            if _lacks(view, groups):
                continue
            finding = self._fares(rule.match, view) if groups else evaluate(rule.match, view)
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
            Judged(view, finding, candidate.leaves, said, _handling(rule, said, candidate, reading.document.language))
            for candidate in candidates(finding)
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

    def _fares(self, query: Query, view: View) -> Finding:
        """How a query fares, by those of its alternatives that the window has the words for."""
        hopes = self._alternatives.get(id(query))
        if hopes is None or not isinstance(query, Either):
            return evaluate(query, view)
        return evaluate_some(query, (part for part, groups in hopes if not _lacks(view, groups)), view)

    def _exclusion(self, rule: Rule, reading: Reading, setting: Setting) -> Exclusion | None:
        for one in rule.exclude:
            if one.until is not None and setting.today >= one.until:
                continue
            if any(part in setting.link for part in one.url):
                return one
            if one.when is None:
                continue
            if all(evaluate(one.when, view).met for view in self.seen_by(one, rule, reading, setting)):
                return one
        return None

    def seen_by(self, one: Exclusion, rule: Rule, reading: Reading, setting: Setting) -> Iterator[View]:
        """What an exclusion looks at: the text, or each sentence that satisfies the rule by itself, if one does."""
        shadow, country = rule.status is Status.SHADOW, setting.feed.country if setting.feed else ""
        found = False
        if one.scope is not Scope.TEXT:
            for view in reading.views(rule.scope, Window.SENTENCE, country, shadow=shadow):
                if self._fares(rule.match, view).met:
                    found = True
                    yield view
        if not found:
            yield from reading.views(rule.scope, Window.TEXT, country, shadow=shadow)


def _leads(rule: Rule, view: View, reading: Reading) -> bool:
    """Whether a window is the headline of what stands below it."""
    return rule.within is Window.SENTENCE and reading.is_title(view)


def _needed(rule: Rule, of_window: list[frozenset[str]]) -> list[frozenset[str]]:
    """What every text needs to satisfy a rule: what every window does, unless it looks at parts by their names."""
    return of_window if not any(isinstance(one, Only) for one in nodes(rule.match)) else needs(rule.match)


def _handling(rule: Rule, said: Said, candidate: Candidate, language: str) -> Handling:
    if said.assertion in candidate.allow and not _unsettled(said, candidate, language):
        return rule.handling[Assertion.DONE]
    return rule.handling[said.assertion]


def _lacks(view: View, groups: Sequence[frozenset[str]]) -> bool:
    """Whether every label of one of the groups is missing."""
    return any(view.inside.keys().isdisjoint(group) for group in groups)


def _unsettled(said: Said, candidate: Candidate, language: str) -> bool:
    """Whether the settling itself is planned: "a deal to join was signed" is news, "will sign a deal to join" none."""
    return (
        said.assertion is Assertion.PLANNED
        and said.cue is not None
        and any(
            governs_at_once(said.cue, span, language) for span, label in candidate.leaves if label in candidate.settling
        )
    )


def _evidence(leaves: Iterable[tuple[Span, str]], document: Document) -> tuple[Evidence, ...]:
    """The words that satisfied each leaf, in the order of the text."""
    evidence = []
    for span, label in sorted(set(leaves)):
        part, start, end = document.place(span.start, span.end)
        text = part.text[start:end]
        evidence.append(Evidence(part=part.name, start=start, end=end, text=text, label=label))
    return tuple(evidence)
