"""Feeds as values: what the desk says of a feed."""

from dataclasses import dataclass
from datetime import timedelta

KINDS = ("official", "agency", "state", "public", "press", "ngo", "think-tank", "aggregator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A subscribed source. `every` is its own polling interval, None for the desk's; `owner` is who publishes it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to ask again with, sent back verbatim."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed:
    """A feed leased for one poll, with what the last poll left behind."""

    id: str
    url: str
    validators: Validators
    failures: int
