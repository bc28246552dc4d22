"""Notices on a terminal, or wherever standard output goes."""

from typing import Any, TextIO

from monitor.core.delivery import Delivery
from monitor.errors import DeliveryError


class TerminalNotifier:
    """Writes the text with a blank line around it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def send(self, _delivery: Delivery, payload: dict[str, Any]) -> None:
        """Write and flush; a closed terminal is a temporary failure."""
        try:
            self._stream.write(f"\n{_encodable(payload['text'], self._stream)}\n\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            message = f"the terminal cannot be written to ({type(error).__name__})"
            raise DeliveryError(message, temporary=True) from None


def _encodable(text: str, stream: TextIO) -> str:
    """A terminal with an old encoding gets question marks, not a crash."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
