"""Which encoding a document is in: for now, the one it says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A document whose declared encoding is the one it is in; `note` says what was mended."""

    body: bytes
    content_type: str
    note: str = ""


def settle(body: bytes, content_type: str, *, language: str, encoding: str) -> Settled:
    """The document as it came."""
    del language, encoding
    return Settled(body=body, content_type=content_type)
