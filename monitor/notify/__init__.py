"""Notifiers: each hands one rendered notice over to one medium, and says exactly how that ended.

Knows Slack, SMTP and terminals; knows nothing of alerts, of retries or of the store. A notifier is given what was
rendered when the notice was queued, and raises DeliveryError with a message that holds no secret, from None: chained
causes print webhook addresses and passwords into the journal.
"""

from typing import Any, Protocol

from monitor.core.delivery import Delivery


class Notifier(Protocol):
    """Hands one notice over, or raises DeliveryError."""

    def send(self, delivery: Delivery, payload: dict[str, Any]) -> None:
        """Return when the receiver has taken the notice."""
        ...
