"""Blind spots: what a feed hides from the desk, told once when it begins and once when it is over.

Knows polls and the health they leave behind; knows nothing of alerts or stores. Whether our own side is cut off is
known to `reach`, the feed's habits to `rhythm`, its documents to `documents`.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.core import documents, rhythm
from monitor.core.documents import Documents
from monitor.core.feed import Fault
from monitor.core.keeping import dumped, kept, loaded, revived
from monitor.core.poll import Poll
from monitor.core.reach import Reach, holds_back
from monitor.core.rhythm import Rhythm, Silence

# They are asked again at most once an interval, so that a third poll would be beyond two of them.
_POLITE, _POLITE_AFTER = frozenset({Fault.BLOCKED, Fault.THROTTLED}), 2
# A feed that fails on and off is told three times a day; then only when it fails twice as long.
_FLAPPING = timedelta(days=1)
_LONGEST_MESSAGE = 200

_SEEN_AND_DONE = {
    Fault.NO_ANSWER: ("no answer", "see whether {url} opens in a browser"),
    Fault.REFUSED: ("its server refuses", "open {url} in a browser; look for a new address of the feed"),
    Fault.THROTTLED: ("its server wants to be asked less often", "poll it less often (every)"),
    Fault.BLOCKED: (
        "a bot challenge in place of the feed",
        "ask the publisher to let wirewatch pass, or take another address; {url} may open in a browser all the same",
    ),
    Fault.GONE: ("the publisher has ended the feed", "look for its successor, or remove it; it was {url}"),
    Fault.NO_FEED: ("a web page or something else in place of the feed", "open {url} in a browser"),
    Fault.EMPTY: ("an empty body", "open {url} in a browser"),
    Fault.UNREADABLE: ("the parser does not recognise the format", "open {url} in a browser, and report it"),
    Fault.FORBIDDEN: ("wirewatch refuses to fetch it", "see polling.allow, polling.ports and polling.max_bytes"),
    Fault.BUG: ("wirewatch failed on it", "report the lines of the log"),
}


class BlindSpot(StrEnum):
    """What the desk does not see, and why; stored with the alert."""

    FAILING = "failing"  # polls fail in a row; the detail names the fault
    SILENT = "silent"  # no new entry for far longer than the feed's habits explain
    TURNED_OVER = "turned over"  # a document that shares nothing with the one before: entries were probably lost
    UNDATED = "undated"  # entries without dates where nearly all had one
    STALE = "stale"  # nothing but old entries where the newest used to be fresh
    EMPTY = "empty"  # a valid document without entries where there used to be some
    OWN_SIDE = "own side"  # nobody answers anywhere: our network or name server; of no feed
    RULESET = "ruleset"  # files of the desk are not in force; of no feed


_OF_A_FEED = tuple(spot for spot in BlindSpot if spot not in {BlindSpot.OWN_SIDE, BlindSpot.RULESET})


@dataclass(frozen=True, slots=True)
class Opened:
    """A blind spot that begins, with one line for a person: what is seen, since when, what to do."""

    spot: BlindSpot
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a poll changed: the health to keep, the blind spots that begin, those that are over, all that are `open`."""

    health: str
    open: frozenset[BlindSpot]
    opened: tuple[Opened, ...] = ()
    closed: tuple[BlindSpot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is remembered of a feed; `open` are its blind spots, `stopped_1` to `stopped_3` when it stopped failing."""

    failures: int = 0
    polite: int = 0  # the last so many of them blocked or throttled
    failing_since: datetime | None = None
    stopped_1: datetime | None = None  # the last time; then the one before that
    stopped_2: datetime | None = None
    stopped_3: datetime | None = None
    open: frozenset[BlindSpot] = field(default_factory=frozenset)
    documents: Documents = field(default_factory=Documents)
    rhythm: Rhythm = field(default_factory=Rhythm)


def judge(health: str, poll: Poll, *, after: int, reach: Reach | None = None) -> Verdict:
    """What a poll says of a feed's health, given what the last one left behind ("" for nothing); never raises.

    A blind spot opens once and closes on recovery. Told within two intervals, each counted from its beginning:

    - FAILING with the `after`th failed poll in a row, two at least (the second where the server blocks or throttles,
      the first 410), or twice as many once it failed and came back three times in a day. The first two failures must be
      asked again within a third of an interval each for three to fit. Faults that are `reach`'s, our own side's, are
      not counted, and those from before it came back are forgotten.
    - SILENT within two of the feed's usual longest pauses (see `rhythm`).
    - EMPTY, UNDATED and STALE with the second poll that finds it so, a 304 included; TURNED_OVER at once.
    """
    before = _unpacked(health)
    now = _failed(before, poll, reach or Reach()) if poll.fault else _succeeded(before, poll)
    found = _failing(now, poll, after) if poll.fault else _blind(now, poll)
    judged = {BlindSpot.FAILING} if poll.fault else set(_OF_A_FEED)
    closed = (before.open & judged) - set(found)
    if BlindSpot.FAILING in closed:
        now = replace(now, stopped_1=poll.at, stopped_2=now.stopped_1, stopped_3=now.stopped_2)
    still_open = (before.open | set(found)) - closed
    return Verdict(
        health=_packed(now if still_open == now.open else replace(now, open=still_open)),
        open=still_open,
        opened=tuple(Opened(spot, found[spot]) for spot in _OF_A_FEED if spot in found and spot not in before.open),
        closed=tuple(spot for spot in _OF_A_FEED if spot in closed),
    )


def spots(health: str) -> frozenset[BlindSpot]:
    """The blind spots that are open by a feed's health."""
    return _unpacked(health).open


def unjudged(health: str) -> Verdict:
    """What a poll changed where nobody looks for blind spots: nothing."""
    return Verdict(health=health, open=spots(health))


def _failed(before: Health, poll: Poll, reach: Reach) -> Health:
    if holds_back(reach, poll.fault):
        return replace(before, failures=0, polite=0, failing_since=None)
    if reach.back and before.failing_since and before.failing_since <= reach.back:
        before = replace(before, failures=0, polite=0, failing_since=None)
    return replace(
        before,
        failures=before.failures + 1,
        polite=before.polite + 1 if poll.fault in _POLITE else 0,
        failing_since=before.failing_since or poll.at,
    )


def _succeeded(before: Health, poll: Poll) -> Health:
    heard = rhythm.heard(before.rhythm, at=poll.at, interval=poll.interval, new=poll.new, first=poll.first)
    noted = documents.noted(before.documents, poll, before.rhythm.longest)
    return replace(before, failures=0, polite=0, failing_since=None, rhythm=heard, documents=noted)


def _failing(now: Health, poll: Poll, after: int) -> dict[BlindSpot, str]:
    flapping = now.stopped_3 is not None and poll.at - now.stopped_3 < _FLAPPING
    times = 2 if flapping else 1
    enough = now.failures >= times * max(after, 2) or now.polite >= times * _POLITE_AFTER
    if BlindSpot.FAILING in now.open or enough or poll.fault is Fault.GONE:
        return {BlindSpot.FAILING: _failing_line(now, poll)}
    return {}


def _failing_line(now: Health, poll: Poll) -> str:
    seen, do = _SEEN_AND_DONE[poll.fault or Fault.BUG]
    message = " ".join("".join(char if char.isprintable() else " " for char in poll.message).split())
    said = f" ({message if len(message) <= _LONGEST_MESSAGE else message[:_LONGEST_MESSAGE] + '…'})" if message else ""
    polls = f"{now.failures} polls in a row failed" if now.failures > 1 else "a poll failed"
    return f"{polls} since {now.failing_since or poll.at:%Y-%m-%d %H:%M} UTC: {seen}{said}; " + do.format(
        url=poll.url or "its address"
    )


def _blind(now: Health, poll: Poll) -> dict[BlindSpot, str]:
    """What is blind after a poll that went well; what an empty or an old document explains is not told as silence."""
    if poll.first:
        return {}
    found = {
        BlindSpot.TURNED_OVER: documents.turned_over(now.documents, poll),
        BlindSpot.UNDATED: documents.undated(now.documents, poll),
        BlindSpot.STALE: documents.stale(now.documents, poll),
        BlindSpot.EMPTY: documents.empty(now.documents, poll),
    }
    silent = BlindSpot.SILENT in now.open and not poll.new
    if not silent and not found[BlindSpot.STALE] and not found[BlindSpot.EMPTY]:
        silence = rhythm.silence(now.rhythm)
        found[BlindSpot.SILENT] = _silent_line(silence, poll) if silence else ""
    return {spot: line for spot, line in found.items() if line} | ({BlindSpot.SILENT: ""} if silent else {})


def _silent_line(silence: Silence, poll: Poll) -> str:
    return (
        f"no new entry since {silence.since:%Y-%m-%d %H:%M} UTC, {_span(silence.pause)}, where "
        f"{max(2, round(silence.expected))} were to be expected; it brings one every {_span(silence.every)} on "
        f"average, its longest pause of late was {_span(silence.longest)}; open {poll.url or 'it'} in a browser"
    )


def _span(span: timedelta) -> str:
    minutes = span / timedelta(minutes=1)
    if minutes < 100:
        return f"{max(1, round(minutes))} min"
    return f"{round(minutes / 60)} h" if minutes < 60 * 100 else f"{round(minutes / 60 / 24)} days"


def _packed(health: Health) -> str:
    own = kept(health) | {"open": sorted(health.open)}
    return dumped(own | {"documents": kept(health.documents), "rhythm": kept(health.rhythm)})


def _unpacked(stored: str) -> Health:
    values = loaded(stored)
    listed = values.get("open")
    return revived(
        Health,
        values,
        open=frozenset(spot for spot in _OF_A_FEED if isinstance(listed, list) and spot in listed),
        documents=revived(Documents, values.get("documents")),
        rhythm=revived(Rhythm, values.get("rhythm")),
    )
