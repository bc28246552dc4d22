"""Feeds as values: what the desk says of a feed, and what the last poll left behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

KINDS = ("official", "agency", "state", "public", "press", "ngo", "think-tank", "aggregator")

# A CDN that is misconfigured for an hour must not move a feed; one poll in ten minutes makes this most of an hour.
HITS_TO_MOVE = 5
HITS_TO_RETURN = 3

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
    configuration says. `speaks_for` names entities of the gazetteer whose own voice it is.
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
    speaks_for: tuple[str, ...] = ()
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

    def as_dict(self) -> dict[str, Any]:
        """As the store keeps it."""
        ttl = int(self.ttl.total_seconds()) if self.ttl else 0
        return {"ttl": ttl, "skip_hours": sorted(self.skip_hours), "skip_days": sorted(self.skip_days)}


def hints_from(stored: Mapping[str, Any]) -> Hints:
    """What `as_dict` gave; no hints for an empty one."""
    return Hints(
        ttl=timedelta(seconds=stored["ttl"]) if stored.get("ttl") else None,
        skip_hours=frozenset(stored.get("skip_hours", ())),
        skip_days=frozenset(stored.get("skip_days", ())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a feed's permanent redirects led, `hits` polls in a row. Believed after several (RFC 9110, 15.4.2)."""

    to: str = ""
    hits: int = 0

    @property
    def settled(self) -> bool:
        """Whether the feed is asked there from now on."""
        return self.hits >= HITS_TO_MOVE


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed:
    """A feed leased for one poll, with what earlier polls left behind.

    `url` is the desk's address. `cadence` and `health` are what core.arrivals and core.health wrote; `waited` is the
    time that was set between the last poll and this one.
    """

    id: str
    url: str
    host: str = ""
    validators: Validators = field(default_factory=Validators)
    failures: int = 0
    seen: Seen = field(default_factory=Seen)
    hints: Hints = field(default_factory=Hints)
    move: Move = field(default_factory=Move)
    cadence: str = ""
    health: str = ""
    last_success_at: datetime | None = None
    waited: timedelta = timedelta()

    @property
    def succeeded(self) -> bool:
        """Whether any poll of it did."""
        return self.last_success_at is not None

    @property
    def address(self) -> str:
        """Where it is asked: the desk's address, or the one it moved to for good."""
        return self.move.to if self.move.settled else self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one poll leaves behind in the store; None keeps what was there.

    `next_due_at` None stops the feed until its address changes or somebody polls it by hand. `not_before` is when the
    publisher will be asked again at the earliest, whoever asks.
    """

    result: str
    next_due_at: datetime | None
    why: str
    not_before: datetime | None = None
    error: str = ""
    fault: str = ""
    validators: Validators | None = None
    seen: Seen | None = None
    hints: Hints | None = None
    move: Move | None = None
    cadence: str | None = None
    health: str | None = None


def moved(before: Move, target: str, *, failures: int = 0) -> Move:
    """What to believe of a feed's move after a poll; `target` is where permanent redirects led, "" for none.

    An address it moved to that fails several times is given up: the desk's own is asked again.
    """
    if failures:
        return Move() if before.settled and failures >= HITS_TO_RETURN else before
    if target and target == before.to:
        return Move(to=target, hits=min(before.hits + 1, HITS_TO_MOVE))
    if target:
        return Move(to=target, hits=1)
    return before if before.settled else Move()
