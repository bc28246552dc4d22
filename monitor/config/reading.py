"""wirewatch.yaml to a frozen Config, or every problem in it with file, line and column.

Knows the keys and their bounds; knows nothing of what receivers do.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, time, timedelta, tzinfo
from email.errors import HeaderParseError
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from monitor import secret, yamlfile
from monitor.config.values import (
    Alerting,
    BlindSpots,
    Config,
    Delivering,
    Digesting,
    Mail,
    Polling,
    Receiver,
    Slack,
    Terminal,
)
from monitor.core.destination import destination
from monitor.core.route import Route
from monitor.core.rule import Correlation, Rule
from monitor.core.severity import Severity
from monitor.core.timetable import Timetable
from monitor.errors import ConfigError, Problem
from monitor.yamlfile import Node, Problems

TOP_KEYS = ("store", "secrets", "receivers", "routes", "polling", "alerts", "delivery", "blind_spots", "digest")
RECEIVER_KEYS = {
    "terminal": ("type",),
    "slack": ("type", "webhook_secret", "token_secret", "channel", "api_url"),
    "email": ("type", "host", "port", "security", "username", "password_secret", "from", "to"),
}
ROUTE_KEYS = ("min_severity", "rules", "owners", "receivers")
POLLING_KEYS = (
    "every", "fastest", "slowest", "budget", "timeout", "max_bytes", "workers", "gap", "contact", "allow", "ports",
    "baseline", "articles",
)  # fmt: skip
ALERT_KEYS = ("story_window", "fold_within")
DELIVERY_KEYS = ("group_wait", "give_up_after", "timeout")
DIGEST_KEYS = ("at", "timezone", "receivers")
BLIND_SPOT_KEYS = ("severity", "owner", "after")
SECURITY = ("tls", "starttls", "none")

_TIME_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
_LOOKS_SECRET = re.compile(r"(xox[a-z]-|xapp-|hooks\.slack\.com/)")
_SEVERITIES = tuple(severity.label for severity in Severity)


def load_config(path: Path) -> Config:
    """The configuration in a file; raises ConfigError with every problem."""
    problems = Problems()
    root = yamlfile.load(path, str(path), problems)
    config = Reader(problems, path.parent).read(root) if root is not None else None
    if config is None or problems:
        raise ConfigError(problems.found)
    return config


def store_named(path: Path) -> Path | None:
    """The store that a configuration names, whatever else is wrong with it; raises ConfigError if that is unreadable.

    For the listings: they must not look into another store because a route is being edited.
    """
    problems = Problems()
    root = yamlfile.load(path, str(path), problems)
    top = dict(yamlfile.pairs(root, problems, "wirewatch.yaml")) if root is not None else {}
    named = Reader(problems, path.parent).path(top, "store")
    if root is None or problems:
        raise ConfigError(problems.found)
    return named


def check_names(config: Config, rules: set[str], owners: set[str]) -> list[Problem]:
    """Routes that name rules or owners which the desk does not have."""
    problems = Problems()
    for key, node in config.named:
        known, name = {"rules": rules, "owners": owners}[key], str(node.value)
        if name not in known:
            what = key.removesuffix("s")
            problems.add(node, f"the desk has no {what} {name!r}{yamlfile.nearest(name, known, problems)}")
    return problems.found


def check_receivers(config: Config, rules: Iterable[Rule | Correlation]) -> list[Problem]:
    """Rules whose alerts are to go to receivers that the configuration does not have."""
    return [
        Problem(
            file=rule.file,
            line=rule.line,
            message=f"rule {rule.id!r}: no receiver is called {name!r}{yamlfile.nearest(name, config.receivers)}",
        )
        for rule in rules
        for name in rule.telling.receivers
        if name not in config.receivers
    ]


class Reader:
    """Reads the sections of one file; paths in it are relative to its folder."""

    def __init__(self, problems: Problems, folder: Path) -> None:
        self._problems = problems
        self._folder = folder
        self._named: list[tuple[str, Node]] = []

    def read(self, root: Node) -> Config:
        """The configuration of a file; what is wrong with it goes to the problems."""
        top = yamlfile.mapping(root, self._problems, known=TOP_KEYS, what="wirewatch.yaml")
        receivers = self._receivers(top)
        return Config(
            receivers=receivers,
            routes=self._routes(top, receivers),
            store=self.path(top, "store"),
            secrets=self.path(top, "secrets"),
            polling=self._polling(top),
            alerts=self._alerts(top),
            delivery=self._delivery(top),
            blind_spots=self._blind_spots(top),
            digest=self._digest(top, receivers),
            named=tuple(self._named),
        )

    def _receivers(self, top: dict[str, Node]) -> dict[str, Receiver]:
        if "receivers" not in top:
            return {"terminal": Terminal(name="terminal")}
        receivers: dict[str, Receiver] = {}
        for name, node in yamlfile.pairs(top["receivers"], self._problems, "'receivers'"):
            if not _NAME.fullmatch(name):
                key = top["receivers"].keys[name]
                self._problems.add(key, f"receiver {name!r}: use lower-case letters, digits and '-'")
            receivers.update((one.name, one) for one in self._receiver(name, node))
        return receivers

    def _receiver(self, name: str, node: Node) -> Iterator[Receiver]:
        written = node.value.get("type") if isinstance(node.value, dict) else None
        if written is None:
            self._problems.add(node, f"receiver {name!r} lacks 'type'; add one of {', '.join(RECEIVER_KEYS)}")
            return
        kind = yamlfile.choice(written, self._problems, "'type'", tuple(RECEIVER_KEYS))
        if not kind:
            return
        keys = yamlfile.mapping(node, self._problems, known=RECEIVER_KEYS[kind], what=f"{kind} receiver {name!r}")
        if kind == "terminal":
            yield Terminal(name=name)
        elif kind == "slack":
            yield self._slack(name, node, keys)
        else:
            yield self._mail(name, node, keys)

    def _slack(self, name: str, node: Node, keys: dict[str, Node]) -> Slack:
        slack = Slack(
            name=name,
            webhook_secret=self._secret_name(keys, "webhook_secret"),
            token_secret=self._secret_name(keys, "token_secret"),
            channel=self._text(keys, "channel"),
            api_url=self._text(keys, "api_url") or Slack(name="").api_url,
        )
        if ("webhook_secret" in keys) == ("token_secret" in keys):
            self._problems.add(node, f"slack receiver {name!r} needs 'webhook_secret', or 'token_secret' and 'channel'")
        elif ("token_secret" in keys) != ("channel" in keys):
            self._problems.add(node, f"slack receiver {name!r}: 'token_secret' and 'channel' go together")
        if "webhook_secret" in keys and "api_url" in keys:
            self._problems.add(keys["api_url"], "'api_url' goes with 'token_secret'; a webhook carries its own address")
        elif not _web_address(slack.api_url):
            self._problems.add(
                keys["api_url"], "'api_url' begins with https:// (http:// only for a test server on this machine)"
            )
        return slack

    def _mail(self, name: str, node: Node, keys: dict[str, Node]) -> Mail:
        for key in ("host", "from", "to"):
            if key not in keys:
                self._problems.add(node, f"email receiver {name!r} lacks {key!r}; add it")
        security = self._choice(keys, "security", SECURITY, "starttls")
        mail = Mail(
            name=name,
            host=self._text(keys, "host"),
            port=self._whole(keys, "port", 465 if security == "tls" else 587, 1, 65_535),
            security=security,
            sender=self._address(keys["from"]) if "from" in keys else "",
            recipients=tuple(map(self._address, self._some(keys, "to"))),
            username=self._text(keys, "username"),
            password_secret=self._secret_name(keys, "password_secret"),
        )
        if ("username" in keys) != ("password_secret" in keys):
            self._problems.add(node, f"email receiver {name!r}: 'username' and 'password_secret' go together")
        if mail.username and security == "none":
            self._problems.add(node, "a password is not sent without TLS; set 'security' to tls or starttls")
        return mail

    def _address(self, node: Node) -> str:
        written = yamlfile.text(node, self._problems, "a mail address")
        try:
            if written and Address(addr_spec=written).domain and written.isprintable():
                return written
        except (ValueError, IndexError, HeaderParseError):
            pass
        if written:
            self._problems.add(node, f"{written!r} is no mail address such as desk@example.org")
        return ""

    def _routes(self, top: dict[str, Node], receivers: dict[str, Receiver]) -> tuple[Route, ...]:
        if "routes" not in top:
            return (Route(receivers=tuple(receivers)),)
        return tuple(self._route(node, _written(top, receivers)) for node in self._some(top, "routes"))

    def _route(self, node: Node, receivers: set[str]) -> Route:
        keys = yamlfile.mapping(node, self._problems, known=ROUTE_KEYS, required=("receivers",), what="a route")
        return Route(
            receivers=self._known_receivers(keys, receivers),
            min_severity=Severity[self._choice(keys, "min_severity", _SEVERITIES, "info").upper()],
            rules=self._names(keys, "rules"),
            owners=self._names(keys, "owners"),
        )

    def _known_receivers(self, keys: dict[str, Node], receivers: set[str]) -> tuple[str, ...]:
        names = []
        for item in self._some(keys, "receivers"):
            name = yamlfile.text(item, self._problems, "a receiver")
            if name and name not in receivers:
                self._problems.add(
                    item, f"no receiver is called {name!r}{yamlfile.nearest(name, receivers, self._problems)}"
                )
            names.append(name)
        return tuple(names)

    def _names(self, keys: dict[str, Node], key: str) -> tuple[str, ...]:
        """The rules or owners of a route."""
        nodes = self._some(keys, key)
        self._named += [(key, node) for node in nodes]
        return tuple(yamlfile.text(node, self._problems, f"an item of {key!r}") for node in nodes)

    def _some(self, keys: dict[str, Node], key: str) -> list[Node]:
        """The nodes of a list that must name something where it is given at all."""
        if key not in keys:
            return []
        if keys[key].value == []:
            self._problems.add(keys[key], f"{key!r} is empty; put something into the list, or remove the key")
        return yamlfile.items(keys[key], self._problems, f"{key!r}")

    def _polling(self, top: dict[str, Node]) -> Polling:
        keys, usual = self._section(top, "polling", POLLING_KEYS), Polling()
        every = self._duration(keys, "every", usual.every, _SECOND, 7 * _DAY)
        return Polling(
            every=every,
            fastest=self._duration(keys, "fastest", every / 5, _SECOND, every),
            slowest=self._duration(keys, "slowest", every * 6, every, 30 * _DAY),
            budget=self._whole(keys, "budget", usual.budget, 1, 1_000_000),
            timeout=self._duration(keys, "timeout", usual.timeout, _SECOND, timedelta(minutes=5)),
            max_bytes=self._whole(keys, "max_bytes", usual.max_bytes, 10_000, 100_000_000),
            workers=self._whole(keys, "workers", usual.workers, 1, 64),
            gap=self._duration(keys, "gap", usual.gap, timedelta(), timedelta(minutes=5)),
            contact=self._contact(keys),
            allow=tuple(map(self._inside, self._some(keys, "allow"))),
            ports=self._ports(keys),
            baseline=yamlfile.truth(keys["baseline"], self._problems, "'baseline'") if "baseline" in keys else True,
            articles=self._whole(keys, "articles", usual.articles, 0, 100_000),
        )

    def _blind_spots(self, top: dict[str, Node]) -> BlindSpots:
        keys, usual = self._section(top, "blind_spots", BLIND_SPOT_KEYS), BlindSpots()
        return BlindSpots(
            severity=Severity[self._choice(keys, "severity", _SEVERITIES, "high").upper()]
            if "severity" in keys
            else None,
            owner=self._text(keys, "owner"),
            after=self._whole(keys, "after", usual.after, 2, 100),
        )

    def _digest(self, top: dict[str, Node], receivers: dict[str, Receiver]) -> Digesting:
        keys, usual = self._section(top, "digest", DIGEST_KEYS), Timetable()
        at = {self._time_of_day(node) for node in self._some(keys, "at")}
        zone = self._zone(keys["timezone"]) if "timezone" in keys else UTC
        return Digesting(
            timetable=Timetable(at=tuple(sorted(at)) or usual.at, zone=zone),
            receivers=self._known_receivers(keys, _written(top, receivers)),
        )

    def _time_of_day(self, node: Node) -> time:
        found = _TIME_OF_DAY.fullmatch(yamlfile.text(node, self._problems, "an item of 'at'"))
        if found is None:
            self._problems.add(node, "'at' lists times of day, from 00:00 to 23:59")
            return time()
        return time(int(found[1]), int(found[2]))

    def _zone(self, node: Node) -> tzinfo:
        written = yamlfile.text(node, self._problems, "'timezone'")
        # UTC needs no database of zones; small systems come without one.
        if written in {"", "UTC"}:
            return UTC
        try:
            return ZoneInfo(written)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            zones = available_timezones()
            hint = yamlfile.nearest(written, zones) if zones else "; this system has no zones, install tzdata"
            self._problems.add(node, f"no time zone is called {written!r}{hint}")
            return UTC

    def _ports(self, keys: dict[str, Node]) -> tuple[int, ...]:
        return tuple(yamlfile.whole(node, self._problems, "a port", 1, 65_535) for node in self._some(keys, "ports"))

    def _inside(self, node: Node) -> str:
        """A host, an address or a network that feeds may come from although it is not public."""
        written = yamlfile.text(node, self._problems, "an item of 'allow'")
        try:
            if written:
                destination(written)
        except ValueError as error:
            self._problems.add(node, f"'allow': {error}")
        return written

    def _alerts(self, top: dict[str, Node]) -> Alerting:
        keys, usual = self._section(top, "alerts", ALERT_KEYS), Alerting()
        return Alerting(
            story_window=self._duration(keys, "story_window", usual.story_window, timedelta(hours=1), 30 * _DAY),
            fold_within=self._duration(keys, "fold_within", usual.fold_within, timedelta(), 30 * _DAY),
        )

    def _delivery(self, top: dict[str, Node]) -> Delivering:
        keys, usual = self._section(top, "delivery", DELIVERY_KEYS), Delivering()
        return Delivering(
            group_wait=self._duration(keys, "group_wait", usual.group_wait, timedelta(), timedelta(minutes=10)),
            give_up_after=self._duration(keys, "give_up_after", usual.give_up_after, timedelta(minutes=1), 30 * _DAY),
            timeout=self._duration(keys, "timeout", usual.timeout, _SECOND, timedelta(minutes=5)),
        )

    def _section(self, top: dict[str, Node], name: str, known: tuple[str, ...]) -> dict[str, Node]:
        return yamlfile.mapping(top[name], self._problems, known=known, what=f"{name!r}") if name in top else {}

    def _contact(self, keys: dict[str, Node]) -> str:
        contact = self._text(keys, "contact")
        if not (contact.isascii() and contact.isprintable()) or any(char in contact for char in "()"):
            self._problems.add(keys["contact"], "'contact' goes into a header: plain ASCII, an address or a URL")
            return ""
        return contact

    def _secret_name(self, keys: dict[str, Node], key: str) -> str:
        """The name of a secret; the message does not repeat what may be the secret itself."""
        if key not in keys:
            return ""
        written = yamlfile.text(keys[key], self._problems, f"{key!r}")
        if written and (_LOOKS_SECRET.search(written) or not secret.NAME.fullmatch(written)):
            self._problems.add(
                keys[key], f"{key!r} is the name of a secret (such as slack-syria), never the secret itself"
            )
            return ""
        return written

    def path(self, top: dict[str, Node], key: str) -> Path | None:
        """A path beside the file, or an absolute one; None where the key is missing."""
        written = self._text(top, key)
        try:
            return self._folder / Path(written).expanduser() if written else None
        except RuntimeError:
            self._problems.add(top[key], f"{key!r}: nobody has the home {Path(written).parts[0]!r}")
            return None

    def _text(self, keys: dict[str, Node], key: str) -> str:
        return yamlfile.text(keys[key], self._problems, f"{key!r}") if key in keys else ""

    def _choice(self, keys: dict[str, Node], key: str, allowed: tuple[str, ...], usual: str) -> str:
        return yamlfile.choice(keys[key], self._problems, f"{key!r}", allowed) or usual if key in keys else usual

    def _whole(self, keys: dict[str, Node], key: str, usual: int, lowest: int, highest: int) -> int:
        return yamlfile.whole(keys[key], self._problems, f"{key!r}", lowest, highest) if key in keys else usual

    def _duration(
        self, keys: dict[str, Node], key: str, usual: timedelta, shortest: timedelta, longest: timedelta
    ) -> timedelta:
        if key not in keys:
            return usual
        return yamlfile.duration(keys[key], self._problems, f"{key!r}", shortest, longest)


def _written(top: dict[str, Node], receivers: Iterable[str]) -> set[str]:
    """The receivers that may be named: one with a fault of its own is no unknown one."""
    return {*receivers, *(top["receivers"].keys if "receivers" in top else ())}


def _web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    local = parts.hostname in {"127.0.0.1", "localhost"}
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))
