"""What can go wrong, sorted by who has to act.

    WirewatchError
    ├── ConfigError      a person edits a file; carries every problem with file, line and column
    ├── FeedError        one feed, this time; every other feed goes on
    │   ├── FetchError   the network or the publisher said no; temporary or not, may carry retry_after
    │   └── ParseError   bytes arrived, but they are not a feed
    ├── DeliveryError    one delivery; temporary or not, may be ambiguous, may carry retry_after
    └── StoreError       nothing is safe without the store: stop

Anything else is a bug and is logged with its traceback. In the work on one feed or one delivery it counts as that
feed's or delivery's failure, so that one hostile entry cannot stop the watch; anywhere else the process ends, and
systemd restarts it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from monitor.core.feed import Fault


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing a person has to mend in a file; line and column count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0
    message: str
    warning: bool = False

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        return f"{place}: {'warning: ' if self.warning else ''}{self.message}"

    def as_dict(self) -> dict[str, Any]:
        """The problem for `check --format json`."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "severity": "warning" if self.warning else "error",
            "message": self.message,
        }


class WirewatchError(Exception):
    """The root: catch it to tell trouble that was foreseen from a bug."""


class ConfigError(WirewatchError):
    """The desk or the configuration cannot be used; `problems` says all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class FeedError(WirewatchError):
    """One poll of one feed came to nothing; `fault` says of what kind."""

    def __init__(self, message: str, *, fault: Fault = Fault.BUG) -> None:
        super().__init__(message)
        self.fault = fault


class FetchError(FeedError):
    """No usable response; `status` is the HTTP status where there was one."""

    def __init__(
        self,
        message: str,
        *,
        fault: Fault = Fault.NO_ANSWER,
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message, fault=fault)
        self.status = status
        self.retry_after = retry_after


class ParseError(FeedError):
    """A body arrived that is no feed."""

    def __init__(self, message: str, *, fault: Fault = Fault.NO_FEED) -> None:
        super().__init__(message, fault=fault)


class DeliveryError(WirewatchError):
    """A notice was not handed over, or (ambiguous) may have been."""

    def __init__(
        self, message: str, *, temporary: bool, ambiguous: bool = False, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.temporary = temporary
        self.ambiguous = ambiguous
        self.retry_after = retry_after


class StoreError(WirewatchError):
    """The store cannot be opened, read or written."""
