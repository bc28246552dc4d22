"""The desk's vocabulary: entities with their names, and the lexicon of topics, actions, phases and cues.

Knows what `$turkey`, `$turkey.adj`, `$northern_syria` and `$phase.resume` stand for; knows nothing of files or rules.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import re2

from monitor.core.terms import Term, term
from monitor.core.text import folded_words, stemmed_languages

FORMS = ("name", "adj", "metonym")
_SHORT = 3
LEXICON_PREFIXES = {"topics": "topic", "actions": "act", "phases": "phase"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """One way to call an entity in one language. `exact` aliases count only as they are capitalised."""

    text: str
    language: str
    form: str = "name"
    exact: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A state, group, person or place with its aliases and homonym guards.

    `unverified` aliases wait for review by a speaker and count for rules in shadow only.
    """

    id: str
    kind: str
    aliases: tuple[Alias, ...]
    not_with: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    unverified: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One word or phrase of the lexicon; `*` at the end of a word stands for any ending."""

    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A cue inside one word that only a pattern can tell, as Turkish negation; RE2 syntax."""

    expression: str
    language: str


def compiled(expression: str) -> Any:
    """The expression, by RE2: linear in the length of the text; raises ValueError with RE2's reason."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from error


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """All names that rules may use.

    `cues` maps `topic.patrol`, `act.sign`, `phase.resume`. `modality` maps `cue.negated`, `cue.possible` and their
    like, which count in texts of their own language only; `patterns` are those of them that are expressions.
    """

    entities: Mapping[str, Entity] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cues: Mapping[str, tuple[Cue, ...]] = field(default_factory=dict)
    modality: Mapping[str, tuple[Cue, ...]] = field(default_factory=dict)
    patterns: Mapping[str, tuple[Pattern, ...]] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """Everything that may stand behind a `$`."""
        forms = {f"{entity.id}.{alias.form}" for entity in self.entities.values() for alias in entity.aliases}
        return frozenset({*self.entities, *self.groups, *self.cues, *self.modality, *self.patterns, *forms})

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages with a stemmer, in which a rule's own words are stemmed."""
        return tuple(sorted(stemmed_languages()))

    @cached_property
    def spoken(self) -> tuple[str, ...]:
        """The languages of the lexicon: those in which the desk can tell what is done from what is denied."""
        return tuple(sorted({cue.language for cues in (*self.cues.values(), *self.modality.values()) for cue in cues}))

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The entities that are places."""
        return tuple(entity.id for entity in self.entities.values() if entity.kind == "place")

    @cached_property
    def agencies(self) -> tuple[str, ...]:
        """The entities that others quote: news agencies, and outlets that are credited like them."""
        return tuple(entity.id for entity in self.entities.values() if entity.kind == "agency")

    @cached_property
    def called(self) -> Mapping[str, tuple[tuple[str, bool], ...]]:
        """By agency and office, each alias between blanks: as it is written where it is exact (True), else folded."""
        return {
            name: tuple(
                (f" {alias.text if alias.exact else ' '.join(folded_words(alias.text))} ", alias.exact)
                for alias in self.entities[name].aliases
            )
            for name in (*self.agencies, *self.offices)
        }

    @cached_property
    def offices(self) -> tuple[str, ...]:
        """The entities that issue statements: ministries, centres, press services."""
        return tuple(entity.id for entity in self.entities.values() if entity.kind == "office")

    def terms(self, name: str) -> Iterator[Term]:
        """Every term that `$name` stands for; raises KeyError for an unknown name."""
        if name not in self.names:
            raise KeyError(name)
        if name in self.groups:
            for member in self.groups[name]:
                yield from self.terms(member)
        elif name in self.cues:
            yield from (_cue_term(cue) for cue in self.cues[name])
        else:
            entity_id, _, form = name.partition(".")
            entity = self.entities[entity_id]
            yield from _entity_terms(entity, (alias for alias in entity.aliases if form in {"", alias.form}))

    def unverified(self, name: str) -> Iterator[Term]:
        """The terms of an entity or group that wait for review."""
        for member in self.groups.get(name, (name,)):
            yield from _entity_terms(self.entities[member], self.entities[member].unverified)

    def guard_terms(self) -> Iterator[tuple[str, Term]]:
        """The terms of all homonym guards, labelled as the guarded terms refer to them."""
        for entity in self.entities.values():
            for text in entity.not_with:
                yield f"guard:{text}", term(text.split(), ("",))

    def needed_names(self) -> frozenset[str]:
        """Entities that some alias needs in the text before it counts."""
        return frozenset(need for entity in self.entities.values() for need in (*entity.needs, *_alias_needs(entity)))


def _cue_term(cue: Cue) -> Term:
    """The Kurmanji "bû" (became) is the Turkish "bu" (this): a word so short counts in its own language only."""
    short = len(cue.text) <= _SHORT
    return term(cue.text.split(), (cue.language,), only_in=cue.language if short else "")


def _entity_terms(entity: Entity, aliases: Iterable[Alias]) -> Iterator[Term]:
    guards = frozenset(f"guard:{text}" for text in entity.not_with)
    for alias in aliases:
        needs = frozenset(f"${name}" for name in (*entity.needs, *alias.needs))
        words = alias.text.split()
        yield term(words, ("" if alias.exact else alias.language,), exact=alias.exact, not_with=guards, needs=needs)


def _alias_needs(entity: Entity) -> tuple[str, ...]:
    return tuple(need for alias in entity.aliases for need in alias.needs)
