"""Feeds as values: what the desk says of a feed, and what the last poll left behind."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

KINDS = ("official", "agency", "state", "public", "press", "ngo", "think-tank", "aggregator")

_DIGEST, _ITEM = 16, 8


class Fault(StrEnum):
    """Why a poll came to nothing; stored with the feed."""

    NO_ANSWER = "no answer"  # no server spoke: names, routes, refused or reset connections, timeouts
    REFUSED = "refused"  # the server answered with an error
    THROTTLED = "throttled"  # it asks to be asked less: 429, or 503 with Retry-After
    BLOCKED = "blocked"  # a bot challenge, not the feed
    GONE = "gone"  # 410: the publisher ended the feed
    NO_FEED = "no feed"  # something else than a feed arrived, such as an HTML page
    EMPTY = "empty"  # an empty body
    UNREADABLE = "unreadable"  # the parser failed, or was stopped at its limits
    FORBIDDEN = "forbidden"  # wirewatch itself refuses: an address inside the walls, a body beyond max_bytes
    BUG = "bug"  # wirewatch failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A subscribed source. `every` is its own polling interval, None for a learned one; `owner` is who publishes it.

    `floor` replaces what the publisher asks for by Cache-Control, Expires, ttl and skipHours; `encoding` is what its
    bytes are in, whatever they declare; `baseline` False has its first poll ring like any other, None as the
    configuration says.
    """

    id: str
    url: str
    host: str
    title: str
    language: str
    country: str
    tier: int
    owner: str
    kind: str
    tags: tuple[str, ...] = ()
    every: timedelta | None = None
    floor: timedelta | None = None
    encoding: str = ""
    baseline: bool | None = None
    fulltext: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to ask again with, sent back verbatim."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was read from a feed's last document: digests of the body, of what surrounds its items, and of each item.

    All are empty where the next document must be read whole.
    """

    body: bytes = b""
    frame: bytes = b""
    items: frozenset[bytes] = frozenset()

    def packed(self) -> bytes:
        """As the store keeps it."""
        return self.body.ljust(_DIGEST, b"\0") + self.frame.ljust(_DIGEST, b"\0") + b"".join(sorted(self.items))


def unpacked(stored: bytes) -> Seen:
    """What `packed` wrote; nothing for nothing."""
    body, frame, items = stored[:_DIGEST], stored[_DIGEST : 2 * _DIGEST], stored[2 * _DIGEST :]
    return Seen(
        body=b"" if not body.strip(b"\0") else body,
        frame=b"" if not frame.strip(b"\0") else frame,
        items=frozenset(items[at : at + _ITEM] for at in range(0, len(items), _ITEM)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a document says of when to come back: its ttl, and hours (GMT) and days (Monday is 0) to stay away."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed:
    """A feed leased for one poll, with what the last poll left behind.

    `url` is where it is asked: the desk's address, or the one it moved to for good. `language` and `encoding` are the
    desk's. `not_before` is when the publisher will be asked again at the earliest.
    """

    id: str
    url: str
    validators: Validators
    failures: int
    seen: Seen = field(default_factory=Seen)
    language: str = ""
    encoding: str = ""
    not_before: datetime | None = None
