"""What a poll of a feed showed, as facts to judge its health by.

Knows what one poll saw; knows nothing of the polls before it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.feed import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll: when, how long until the next regular one, and what came of it.

    After a failure `fault` and `message` say why; the rest is for polls that went well. `listed` is how many entries
    the document has, None where nothing was read (a 304, or the body of the last time). Of these, `known` were in the
    store before, by identity or by link and title, and `new` were not. `read` are those that were parsed, because they
    are new or not as they were; `dated` of them carry a date that can be right, and `newest` is the latest of these.
    `first`: the feed was never read before.
    """

    at: datetime
    interval: timedelta
    url: str = ""
    fault: Fault | None = None
    message: str = ""
    listed: int | None = None
    known: int = 0
    new: int = 0
    read: int = 0
    dated: int = 0
    newest: datetime | None = None
    first: bool = False
