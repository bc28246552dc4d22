"""Reports by origin: those that share one, and those that share one with a third, are a group.

Knows origins and dates; knows nothing of states.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar

from monitor.core.origin import Origin, same


class Dated(Protocol):
    """What waits: a report with its date and origin."""

    @property
    def at(self) -> datetime:
        """When it was published."""
        ...

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        ...


Report = TypeVar("Report", bound=Dated)


class Pool(Generic[Report]):
    """Reports in the order of their dates. Each is compared with the others once, when it comes.

    The groups are the same in whatever order they come.
    """

    def __init__(self, reports: Iterable[Report] = ()) -> None:
        self.reports: list[Report] = []
        self._group: list[int] = []
        for one in reports:
            self.add(one)

    def add(self, one: Report) -> None:
        """A report joins its origin, and makes one of all that it shares something with."""
        number = len(self.reports)
        self.reports.append(one)
        self._group.append(number)
        for earlier in range(number):
            own, other = self._group[number], self._group[earlier]
            if own != other and same(one.origin, self.reports[earlier].origin):
                old, new = max(own, other), min(own, other)
                self._group = [new if of == old else of for of in self._group]

    def since(self, at: datetime) -> Self:
        """What is dated since then. What held two origins together may be gone with the rest."""
        if not self.reports or self.reports[0].at >= at:
            return self
        return type(self)(one for one in self.reports if one.at >= at)

    @property
    def groups(self) -> tuple[tuple[Report, ...], ...]:
        """The reports of each origin, in the order of the first of each."""
        return tuple(
            tuple(one for one, of in zip(self.reports, self._group, strict=True) if of == group)
            for group in sorted(set(self._group))
        )

    @property
    def firsts(self) -> tuple[Report, ...]:
        """The first report of each origin."""
        return tuple(self.reports[number] for number in sorted(set(self._group)))
