"""A document with what was found in it, cut into the windows that rules look at.

Knows titles, sentences and paragraphs; knows nothing of rules or queries. Windows are made when they are first asked
for and then serve every rule: nearly all texts interest no rule at all.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from monitor.core.entry import Document, Part
from monitor.core.modality import marks
from monitor.core.rule import Window
from monitor.core.terms import UNVERIFIED, Found, Span
from monitor.core.view import Marks, View, within


class Reading:
    """One text, read; `entities` are the labels that a title hands down to the sentences below it.

    `parties` are those of them that act: states and forces.
    """

    def __init__(
        self, document: Document, found: Found, entities: Collection[str], parties: frozenset[str] = frozenset()
    ) -> None:
        self.document = document
        self._found = found
        self._entities = entities
        self._parties = parties
        self._views: dict[tuple[frozenset[str], Window, str, bool], tuple[View, ...]] = {}

    @cached_property
    def marks(self) -> Marks:
        """Where clauses end."""
        return marks(self.document.parts, self._found)

    @cached_property
    def _stretches(self) -> dict[str, Span]:
        return {
            part.name: Span(part.base, part.base + len(part.tokens) - 1) for part in self.document.parts if part.tokens
        }

    @cached_property
    def _with_unverified(self) -> Found:
        merged = {label: list(spans) for label, spans in self._found.items()}
        for label, spans in self._found.items():
            if label.startswith(UNVERIFIED):
                verified = label.removeprefix(UNVERIFIED)
                merged[verified] = sorted({*merged.get(verified, ()), *spans})
        return merged

    def _ends(self) -> Marks:
        return self.marks

    def all_of(self, *, shadow: bool = False) -> Found:
        """Everything that was found; for a rule in `shadow`, by aliases that wait for review as well."""
        return self._with_unverified if shadow else self._found

    def views(self, scope: frozenset[str], window: Window, country: str, *, shadow: bool = False) -> tuple[View, ...]:
        """The windows of a scope, in the order of the text; the same ones whenever they are asked for."""
        key = (scope, window, country, shadow)
        if key not in self._views:
            made = self.views(scope, window, "", shadow=shadow) if country else self._made(scope, window, shadow=shadow)
            self._views[key] = tuple(replace(view, country=country) if country else view for view in made)
        return self._views[key]

    def is_title(self, view: View) -> bool:
        """Whether a window is the title alone."""
        title = self._stretches.get("title")
        return title is not None and title.start <= view.window.start and view.window.end <= title.end

    def words_at(self, span: Span) -> str:
        """The text of a stretch, as it is written."""
        part, start, end = self.document.place(span.start, span.end)
        return part.text[start:end]

    def text_of(self, window: Span) -> str:
        """The text of a window with the sign that ends it."""
        part = self._part_at(window.start)
        last = min(window.end - part.base, len(part.tokens) - 1)
        end = part.tokens[last + 1].start if last + 1 < len(part.tokens) else len(part.text)
        return part.text[part.tokens[window.start - part.base].start : end]

    def words_in(self, window: Span) -> Mapping[int, str]:
        """The words of a window by position, as they are written."""
        text = self.document.words.text
        return {position: text[position] for position in range(window.start, window.end + 1) if position in text}

    def _part_at(self, position: int) -> Part:
        return max((part for part in self.document.parts if part.base <= position), key=lambda part: part.base)

    def _made(self, scope: frozenset[str], window: Window, *, shadow: bool) -> Iterator[View]:
        found = self.all_of(shadow=shadow)
        stretches = [
            self._stretches[name] for name in ("title", "lead", "body") if name in scope & set(self._stretches)
        ]
        if not stretches:
            return
        every = Span(stretches[0].start, stretches[-1].end)
        whole = within(found, every) if len(stretches) == len(self._stretches) else _joined(found, stretches)
        title = self._stretches.get("title")
        carried = (
            {label: spans for label, spans in within(found, title).items() if label in self._entities} if title else {}
        )
        for stretch in self._windows(window, stretches, every):
            inside = within(whole, stretch)
            if title is not None and stretch.start > title.end:
                inside = {**inside, **{label: carried[label] + inside.get(label, []) for label in carried}}
            yield View(inside, whole, stretch, self._stretches, self._ends, parties=self._parties)

    def _windows(self, window: Window, stretches: list[Span], every: Span) -> list[Span]:
        match window:
            case Window.TEXT:
                return [every]
            case Window.PARAGRAPH:
                pieces = self.document.paragraphs
            case Window.SENTENCE:
                pieces = self.document.sentences
        return [one for one in pieces if any(part.start <= one.start and one.end <= part.end for part in stretches)]


def _joined(found: Found, stretches: list[Span]) -> Found:
    merged: Found = {}
    for stretch in stretches:
        for label, spans in within(found, stretch).items():
            merged.setdefault(label, []).extend(spans)
    return merged
