"""A notice as the program renders it, and a delivery of it, for tests of notifiers."""

from datetime import UTC, datetime
from typing import Any

from monitor.core.delivery import Delivery, Medium
from monitor.core.render import Excerpt, Notice, Reported, render

AT = datetime(2024, 8, 23, 13, 30, tzinfo=UTC)

_NOTICE = Notice(
    number="7",
    reference="wirewatch.0123456789abcdef.7.opened",
    rule_id="joint-patrol",
    rule_title="Turkey-Russia joint patrol",
    owner="syria-desk",
    severity="high",
    at=AT,
    why="all of it in the title",
    words=("Turkey", "Россия", "دورية"),
    excerpts=(Excerpt(text="Turkey and Russia resume joint patrols", spans=((0, 6),)),),
    reports=(
        Reported(
            entry_id=1,
            outlet="Example Wire",
            title="Turkey and Russia resume joint patrols",
            link="https://news.example/1",
            language="en",
            published_at=AT,
        ),
    ),
)


def payload(medium: Medium, **changed: Any) -> dict[str, Any]:
    """What the notice is for a medium, with some of it replaced."""
    return {**render(_NOTICE, medium), **changed}


def delivery(recipient: str = "desk@example.org", *, number: int = 1, attempts: int = 1) -> Delivery:
    """A leased delivery; notifiers get the payload beside it."""
    return Delivery(
        id=number,
        notice_id=1,
        receiver="syria-desk",
        recipient=recipient,
        payload="{}",
        attempts=attempts,
        queued_at=AT,
    )
