"""How grave a thing is."""

from enum import IntEnum


class Severity(IntEnum):
    """How grave a match is; the order counts."""

    INFO = 1
    NOTICE = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The word used in YAML, in messages and in the store."""
        return self.name.lower()
