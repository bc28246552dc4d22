"""When a feed is polled next.

Knows intervals and failures; knows nothing of HTTP. Chance is no argument of it: feeds are spread by their name.
"""

import hashlib
from datetime import datetime, timedelta

LONGEST_BACK_OFF = timedelta(hours=6)
# Without any answer the fault may be our own network's; it must not stay blind for hours once that is back.
LONGEST_WITHOUT_ANSWER = timedelta(minutes=30)
# A publisher's wish for a pause is honoured up to this; longer ones are mistakes.
LONGEST_RETRY_AFTER = timedelta(days=2)


def next_poll(
    feed_id: str,
    now: datetime,
    every: timedelta,
    *,
    failures: int = 0,
    retry_after: timedelta | None = None,
    answered: bool = True,
) -> datetime:
    """The next time a feed is due.

    `failures` counts failed polls in a row: the interval doubles with each, up to six hours (half an hour where no
    server `answered`) or the interval itself, whichever is longer. A feed keeps its own place within a tenth of the
    interval, so that feeds do not bunch.
    """
    wait = every * (1 << min(failures, 16))
    wait = min(wait, max(every, LONGEST_BACK_OFF if answered else LONGEST_WITHOUT_ANSWER))
    wait += every * 0.1 * _place(feed_id)
    return now + max(wait, min(retry_after or timedelta(), LONGEST_RETRY_AFTER))


def _place(feed_id: str) -> float:
    return hashlib.sha256(feed_id.encode()).digest()[0] / 256
