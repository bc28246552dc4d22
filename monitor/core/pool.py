"""Reports that wait for a quorum, by origin: the groups that `origin.independent` makes of them, kept as they come.

Knows origins and dates; knows nothing of states.
"""

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
    """Reports in the order of their dates. Each is compared with the others once, when it comes."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self._group: list[int] = []

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
        left = type(self)()
        for one in self.reports:
            if one.at >= at:
                left.add(one)
        return left

    @property
    def firsts(self) -> tuple[Report, ...]:
        """The first report of each origin."""
        return tuple(self.reports[number] for number in sorted(set(self._group)))
