"""What wirewatch.yaml says, as frozen values.

Knows the settings and their defaults; knows nothing of YAML. Each default that holds something back says why beside it.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from monitor.core.delivery import Medium
from monitor.core.route import Route
from monitor.core.severity import Severity
from monitor.core.timetable import Timetable
from monitor.yamlfile import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Alerts on standard output."""

    name: str
    medium: Medium = Medium.TERMINAL
    recipients: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """A Slack webhook (`webhook_secret` names its URL), or a bot token and a channel. One of the two is set."""

    name: str
    webhook_secret: str = ""
    token_secret: str = ""
    channel: str = ""
    api_url: str = "https://slack.com/api/"
    medium: Medium = Medium.SLACK

    @property
    def recipients(self) -> tuple[str, ...]:
        """The channel, where there is one to choose."""
        return (self.channel,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail server and who gets mail through it."""

    name: str
    host: str
    port: int
    security: str
    sender: str
    recipients: tuple[str, ...]
    username: str = ""
    password_secret: str = ""
    medium: Medium = Medium.EMAIL


Receiver = Terminal | Slack | Mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How feeds are fetched. `timeout` is for a whole request, from connect to the last byte.

    `budget` is polls an hour over all feeds that have no `every` of their own, 0 for as many as polling each of them
    `every` so often takes; it is spent where it finds most, between `fastest` (a fifth of `every` unless told) and
    `slowest` (six times). `gap` is the pause between
    two requests to one host. `allow` names hosts, addresses and networks inside our own walls, `ports` further ports;
    `articles` is how many article pages an hour may be fetched for feeds with `fulltext`. `baseline`: what a feed shows
    at its first poll is old news, and rings nothing.
    """

    every: timedelta = timedelta(minutes=10)
    fastest: timedelta = timedelta(minutes=2)
    slowest: timedelta = timedelta(hours=1)
    budget: int = 0
    timeout: timedelta = timedelta(seconds=30)
    max_bytes: int = 10_000_000
    workers: int = 8
    gap: timedelta = timedelta(seconds=1)
    contact: str = ""
    allow: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    baseline: bool = True
    articles: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """What is taken for one development.

    `story_window`: a copy this much younger still joins its story; wires reprint for three days.
    `fold_within`: another report on the same subject joins the alert; a new one after six hours is a new event.
    """

    story_window: timedelta = timedelta(hours=72)
    fold_within: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """How notices are sent. `group_wait` lets reprints of the next seconds join the message; critical never waits."""

    group_wait: timedelta = timedelta(seconds=10)
    give_up_after: timedelta = timedelta(days=3)
    timeout: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpots:
    """How blind spots are told: as alerts of the rule `feed-outage`, after so many failed polls of a feed in a row.

    Whose they are and how grave is as the desk's rule says, where they are None and "".
    """

    severity: Severity | None = None
    owner: str = ""
    after: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Digesting:
    """When digests go out, and to whom; without `receivers` each line goes where the alerts of its rule go."""

    timetable: Timetable = field(default_factory=Timetable)
    receivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings. `store` and `secrets` are None where the file does not name them.

    `named` holds the rules and owners that routes name, for `check_names` once the desk is read.
    """

    receivers: dict[str, Receiver] = field(default_factory=lambda: {"terminal": Terminal(name="terminal")})
    routes: tuple[Route, ...] = (Route(receivers=("terminal",)),)
    store: Path | None = None
    secrets: Path | None = None
    polling: Polling = Polling()
    alerts: Alerting = Alerting()
    delivery: Delivering = Delivering()
    blind_spots: BlindSpots = BlindSpots()
    digest: Digesting = field(default_factory=Digesting)
    named: tuple[tuple[str, Node], ...] = field(default=(), repr=False, compare=False)


def secret_names(receiver: Receiver) -> tuple[str, ...]:
    """The secrets a receiver needs."""
    match receiver:
        case Slack():
            return tuple(name for name in (receiver.webhook_secret, receiver.token_secret) if name)
        case Mail():
            return (receiver.password_secret,) if receiver.password_secret else ()
        case _:
            return ()
