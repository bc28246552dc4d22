"""JSON Schema of wirewatch.yaml, made from the tables its loader uses."""

from monitor.config.reading import (
    ALERT_KEYS,
    BLIND_SPOT_KEYS,
    DELIVERY_KEYS,
    DIGEST_KEYS,
    POLLING_KEYS,
    RECEIVER_KEYS,
    ROUTE_KEYS,
    SECURITY,
    TOP_KEYS,
)
from monitor.core.severity import Severity
from monitor.schemas import Schema, choice, document, duration, listed, named, record, text, truth, whole

_SEVERITIES = tuple(severity.label for severity in Severity)
_MANY = 1_000_000


def config_schema() -> Schema:
    """The schema of wirewatch.yaml."""
    receivers: Schema = {"oneOf": [_receiver(kind) for kind in RECEIVER_KEYS]}
    file = {
        "store": text("The SQLite file."),
        "secrets": text("A folder with a file per secret."),
        "receivers": named(receivers, "Receivers by name.", names="^[a-z0-9][a-z0-9-]{0,63}$"),
        "routes": listed(_route(), "Which alerts go where; an alert takes every route that fits."),
        "polling": _polling(),
        "alerts": _alerts(),
        "delivery": _delivery(),
        "blind_spots": _blind_spots(),
        "digest": _digest(),
    }
    return document("wirewatch.yaml", record(TOP_KEYS, file))


def _receiver(kind: str) -> Schema:
    known = {
        "type": {"const": kind},
        "webhook_secret": text("The name of the secret that is the webhook's address."),
        "token_secret": text("The name of the secret that is the bot's token."),
        "channel": text("The channel the bot writes to."),
        "api_url": text("Slack's Web API, elsewhere.", pattern="^https?://"),
        "host": text("The mail server."),
        "port": whole("Its port.", 1, 65535),
        "security": choice("How the connection is secured.", SECURITY),
        "username": text("Who logs in."),
        "password_secret": text("The name of the secret that is the password."),
        "from": text("The sender."),
        "to": listed(text(""), "Who gets mail."),
    }
    keys = RECEIVER_KEYS[kind]
    return record(keys, {key: known[key] for key in keys}, f"A receiver of type {kind}.", ("type",))


def _route() -> Schema:
    keys = {
        "min_severity": choice("Alerts of this severity and graver.", _SEVERITIES, "info"),
        "rules": listed(text(""), "Alerts of these rules."),
        "owners": listed(text(""), "Alerts of rules with these owners."),
        "receivers": listed(text(""), "Where they go."),
    }
    return record(ROUTE_KEYS, keys, required=("receivers",))


def _polling() -> Schema:
    keys = {
        "every": duration("The mean interval"),
        "fastest": duration("The shortest interval that is learned"),
        "slowest": duration("The longest interval that is learned"),
        "budget": whole("Polls an hour of all feeds together.", 1, _MANY),
        "timeout": duration("The longest an exchange may take"),
        "max_bytes": whole("The largest body, unpacked.", 10_000, 100_000_000),
        "workers": whole("Feeds fetched at once.", 1, 64),
        "gap": duration("Between two requests to one host"),
        "contact": text("Stands in the User-Agent."),
        "allow": listed(text(""), "Hosts, addresses and networks of your own that may be asked."),
        "ports": listed(whole("", 1, 65535), "Ports that may be asked elsewhere."),
        "baseline": truth("false: a first poll rings like any other.", usual=True),
        "articles": whole("Article pages an hour.", 0, 100_000),
    }
    return record(POLLING_KEYS, keys, "How feeds are polled.")


def _alerts() -> Schema:
    keys = {
        "story_window": duration("Reprints join a story for so long"),
        "fold_within": duration("Further reports on the same subject join the alert for so long"),
    }
    return record(ALERT_KEYS, keys, "What is one development.")


def _delivery() -> Schema:
    keys = {
        "group_wait": duration("An alert waits so long for reprints"),
        "give_up_after": duration("A delivery is tried for so long"),
        "timeout": duration("The longest a receiver may take"),
    }
    return record(DELIVERY_KEYS, keys, "How notices are handed over.")


def _blind_spots() -> Schema:
    keys = {
        "severity": choice("Of a blind spot.", _SEVERITIES),
        "owner": text("Who answers for them."),
        "after": whole("Polls that fail in a row.", 2, 100),
    }
    return record(BLIND_SPOT_KEYS, keys, "How blind spots are told.")


def _digest() -> Schema:
    keys = {
        "at": listed(text("", pattern=r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$"), "Times of day: ['07:00']."),
        "timezone": text("Of that time, such as Europe/Istanbul."),
        "receivers": listed(text(""), "Who gets it."),
    }
    return record(DIGEST_KEYS, keys, "The daily list of what did not ring.")
