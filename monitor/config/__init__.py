"""wirewatch.yaml: its values, and how it is read."""

from monitor.config.reading import (
    ALERT_KEYS,
    BLIND_SPOT_KEYS,
    DELIVERY_KEYS,
    POLLING_KEYS,
    RECEIVER_KEYS,
    ROUTE_KEYS,
    TOP_KEYS,
    check_names,
    load_config,
    store_named,
)
from monitor.config.values import (
    Alerting,
    BlindSpots,
    Config,
    Delivering,
    Mail,
    Polling,
    Receiver,
    Slack,
    Terminal,
    secret_names,
)

__all__ = [
    "ALERT_KEYS",
    "BLIND_SPOT_KEYS",
    "DELIVERY_KEYS",
    "POLLING_KEYS",
    "RECEIVER_KEYS",
    "ROUTE_KEYS",
    "TOP_KEYS",
    "Alerting",
    "BlindSpots",
    "Config",
    "Delivering",
    "Mail",
    "Polling",
    "Receiver",
    "Slack",
    "Terminal",
    "check_names",
    "load_config",
    "secret_names",
    "store_named",
]
