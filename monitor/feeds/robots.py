"""robots.txt: which pages of a host may be fetched, and how fast (RFC 9309).

Knows the file and how long it holds; knows nothing of what the pages say. It is read by rules of our own because
urllib.robotparser of Python 3.11 knows no wildcards and takes the first rule in place of the longest: on the
`Disallow: /*?print=` and `Allow:` lines of news sites it asks where it must not, and stays away where it may come.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_to_bytes, urlsplit

from monitor.core.feed import Fault, Validators
from monitor.errors import FetchError
from monitor.feeds.fetch import Fetched, Fetcher

AGENT = "wirewatch"
# RFC 9309, 2.4: not longer than a day.
KEPT = timedelta(days=1)
# RFC 9309, 2.5: at least 500 KiB; what comes behind is not read.
LONGEST = 512_000
# A day of pauses would be a ban in other words; whoever means that writes Disallow.
LONGEST_DELAY = timedelta(minutes=10)
# Entries name any host they like: only so many files of theirs stay in memory.
MOST_HOSTS = 128

_AGENT_KEYS = {"user-agent", "useragent", "user agent"}
_TOKEN = re.compile(r"[a-zA-Z_-]+|\*")
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether a page may be fetched, else why not; `delay` is the pause between two requests to its host."""

    allowed: bool
    delay: timedelta = timedelta()
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one file says to one client: Allow (True) and Disallow patterns, and its Crawl-delay, 0 for none."""

    patterns: tuple[tuple[bool, str], ...] = ()
    delay: timedelta = timedelta()

    def allow(self, url: str) -> bool:
        """The longest pattern that fits decides, Allow where two are equally long (RFC 9309, 2.2.2)."""
        path = _path(url)
        fitting = [(len(pattern), allowed) for allowed, pattern in self.patterns if _fits(pattern, path)]
        return max(fitting, default=(0, True))[1]


@dataclass(frozen=True, slots=True)
class _Kept:
    until: datetime
    body: bytes
    refusal: str = ""


class Robots:
    """Asks hosts for their robots.txt and remembers it for a day, for so many hosts; for several threads."""

    def __init__(self, fetcher: Fetcher, *, agent: str = AGENT, hosts: int = MOST_HOSTS) -> None:
        self._hosts = hosts
        self._fetcher = fetcher
        self._agent = agent
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def ask(self, url: str, now: datetime) -> Permission:
        """Whether this page may be fetched; raises FetchError where its host cannot say so now."""
        kept = self._of(_origin(url), now)
        if kept.refusal:
            return Permission(allowed=False, why=kept.refusal)
        rules = read(kept.body, self._agent)
        allowed = rules.allow(url)
        return Permission(allowed=allowed, delay=rules.delay, why="" if allowed else "robots.txt forbids this page")

    def _of(self, origin: str, now: datetime) -> _Kept:
        with self._lock:
            kept = self._kept.pop(origin, None)
            if kept is not None and kept.until > now:
                self._kept[origin] = kept
                return kept
        kept = self._fetched(origin, now)
        with self._lock:
            self._kept[origin] = kept
            while len(self._kept) > self._hosts:
                del self._kept[next(iter(self._kept))]
        return kept

    def _fetched(self, origin: str, now: datetime) -> _Kept:
        try:
            answer = self._fetcher.fetch(f"{origin}/robots.txt", Validators(), now)
        except FetchError as error:
            if error.status in {401, 403} or error.fault is Fault.BLOCKED:
                # The RFC would let us in; a host that hides even this file hardly wants us.
                return _Kept(now + KEPT, b"", f"robots.txt itself is refused ({error})")
            if error.status is not None and 400 <= error.status < 500 and error.status != 429:
                return _Kept(now + KEPT, b"")
            if error.fault is Fault.FORBIDDEN:
                raise
            raise FetchError(
                f"robots.txt cannot be read now ({error})",
                fault=error.fault, status=error.status, retry_after=error.retry_after,
            ) from error  # fmt: skip
        return _Kept(now + KEPT, answer.body[: LONGEST + 1] if isinstance(answer, Fetched) else b"")


def read(body: bytes, agent: str = AGENT) -> Rules:
    """What a robots.txt says to a client: the groups that name it, else those for all; never raises."""
    text = body.decode("utf-8-sig", "replace")
    lines = text.splitlines()
    if len(body) > LONGEST:
        # "Disallow: /" may be the half of "Disallow: /private".
        lines = body[:LONGEST].decode("utf-8-sig", "replace").splitlines()[:-1]
    mine: list[tuple[str, str]] = []
    everybodys: list[tuple[str, str]] = []
    named = False
    for agents, rules in _groups(lines):
        if agent.lower() in agents:
            mine, named = [*mine, *rules], True
        elif "*" in agents:
            everybodys += rules
    return _rules(mine if named else everybodys)


def _groups(lines: list[str]) -> Iterator[tuple[set[str], list[tuple[str, str]]]]:
    """The clients and rules of each group: lines that name clients, one after the other, then what holds for them."""
    agents: set[str] = set()
    rules: list[tuple[str, str]] = []
    for line in lines:
        key, colon, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        key = key.lower()
        if key in _AGENT_KEYS and colon:
            if rules:
                yield agents, rules
                agents, rules = set(), []
            token = _TOKEN.match(value)
            agents |= {token[0].lower()} if token else set()
        elif key in {"allow", "disallow", "crawl-delay"} and agents:
            rules.append((key, value))
    yield agents, rules


def _rules(lines: list[tuple[str, str]]) -> Rules:
    patterns = tuple((key == "allow", _rooted(value)) for key, value in lines if key != "crawl-delay" and value)
    delays = [float(value) for key, value in lines if key == "crawl-delay" and _SECONDS.fullmatch(value)]
    longest = LONGEST_DELAY.total_seconds()
    return Rules(patterns=patterns, delay=timedelta(seconds=min(max(delays, default=0), longest)))


def _rooted(pattern: str) -> str:
    """`Disallow: private/` means what `/private/` does."""
    return pattern if pattern.startswith(("/", "*")) else f"/{pattern}"


def _fits(pattern: str, path: bytes) -> bool:
    """Whether a pattern fits from the start of a path: `*` stands for anything, `$` at the end for the end.

    The pieces between the stars are looked for one behind the other, so that no pattern is slow.
    """
    anchored = pattern.endswith("$")
    first, *others = (unquote_to_bytes(piece) for piece in pattern.removesuffix("$").split("*"))
    if not path.startswith(first):
        return False
    if not others:
        return not anchored or path == first
    at = len(first)
    *middle, last = others
    for piece in middle:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(path) - len(last) >= at and path.endswith(last) if anchored else path.find(last, at) >= 0


def _path(url: str) -> bytes:
    """Path and query as bytes, so that `/%7Eme` and `/~me` are one."""
    parts = urlsplit(url)
    return unquote_to_bytes((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
