"""Which rules a text can satisfy at all: a look at its words that costs microseconds, however many rules there are.

Knows the groups of words that each rule cannot do without; knows nothing of where they stand. Nearly all texts end
here for nearly all rules. Each rule is one bit of a number, so that a word says with one `or` which rules it helps:
10,000 rules are asked in the time of some forty look-ups.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from monitor.core.entry import Document
from monitor.core.rule import Rule
from monitor.core.text import MOST_LEXEMES, Lexeme, forgettings

# The rarest groups of a rule; what it needs beyond them is seen when it is evaluated.
_GROUPS = 3
# Words that are looked up once, until text.py forgets its words: those held there, and those of texts that were read
# before it last forgot; never more than this in each language. A word that helps some rule takes three bits for each
# rule there is: at 10,000 rules these are 75 MB, at 1,000 a tenth.
_MOST_LEXEMES = 2 * MOST_LEXEMES
_MOST_HELPING = 20_000

_Masks = tuple[int, int, int]


class Asked:
    """Rules by what they need; `labels_begun` says which labels a word may be the beginning of."""

    def __init__(
        self,
        rules: Iterable[tuple[Rule, Sequence[frozenset[str]]]],
        labels_begun: Callable[[Lexeme, str], frozenset[str]],
    ) -> None:
        needed = sorted(rules, key=lambda one: one[0].id)
        self._labels_begun = labels_begun
        self._rules = [rule for rule, _ in needed]
        # By label: the rules whose first, second and third group it is in.
        self._helped: dict[str, tuple[list[int], ...]] = defaultdict(lambda: tuple([] for _ in range(_GROUPS)))
        self._base = self._filed([groups for _, groups in needed])
        self._known: dict[str, dict[Lexeme, _Masks | None]] = defaultdict(dict)
        self._helping = 0
        self._forgettings = forgettings()

    def _filed(self, needed: Sequence[Sequence[frozenset[str]]]) -> list[int]:
        """Rules that need no first, second or third group, as bits."""
        uses = _uses(group for groups in needed for group in groups)
        base = [0] * _GROUPS
        for number, groups in enumerate(needed):
            ordered = sorted(groups, key=lambda group: (sum(uses[label] for label in group), sorted(group)))[:_GROUPS]
            for rank, group in enumerate(ordered):
                for label in group:
                    self._helped[label][rank].append(number)
            for rank in range(len(ordered), _GROUPS):
                base[rank] |= 1 << number
        return base

    def rules(self, document: Document) -> list[Rule]:
        """The rules a document may satisfy, by their ids."""
        if self._forgettings != forgettings():
            self._forget()
        known, (first, second, third) = self._known[document.language], self._base
        for lexeme in document.words.lexemes:
            masks = known[lexeme] if lexeme in known else self._of(lexeme, document.language)
            if masks is not None:
                first |= masks[0]
                second |= masks[1]
                third |= masks[2]
        return [self._rules[number] for number in _bits(first & second & third)]

    def _of(self, lexeme: Lexeme, language: str) -> _Masks | None:
        """The rules that a word helps, None for no rule at all, as for most words."""
        known = self._known[language]
        if len(known) >= _MOST_LEXEMES or self._helping >= _MOST_HELPING:
            self._forget()
            known = self._known[language]
        helped = [self._helped[label] for label in self._labels_begun(lexeme, language) if label in self._helped]
        masks = None
        if helped:
            self._helping += 1
            masks = (_mask(helped, 0), _mask(helped, 1), _mask(helped, 2))
        known[lexeme] = masks
        return masks

    def _forget(self) -> None:
        self._forgettings, self._helping = forgettings(), 0
        self._known.clear()


def _mask(helped: Iterable[Sequence[list[int]]], rank: int) -> int:
    mask = 0
    for ranks in helped:
        for number in ranks[rank]:
            mask |= 1 << number
    return mask


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _uses(groups: Iterable[frozenset[str]]) -> dict[str, int]:
    """How many groups a label is in: of a word that many rules ask for, a text says less."""
    counts: dict[str, int] = defaultdict(int)
    for group in groups:
        for label in group:
            counts[label] += 1
    return counts
