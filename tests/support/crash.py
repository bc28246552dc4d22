"""Runs `wirewatch once` and kills itself, as kill -9 would, before or after the first call of a verb.

python -m tests.support.crash CLASS.VERB before|after DESK STORE
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from monitor import daemon
from monitor.store import (
    AlertStore,
    ArticleStore,
    DigestStore,
    EntryStore,
    FactStore,
    FeedStore,
    FrequencyStore,
    Outbox,
    StoryStore,
    TrackerStore,
    UpdateStore,
    WatchStore,
)
from tests.support.stage import once

_STORES = (
    AlertStore, ArticleStore, DigestStore, EntryStore, FactStore, FeedStore, Outbox, StoryStore, UpdateStore,
    WatchStore,
)  # fmt: skip
CLASSES = {one.__name__: one for one in _STORES}
# What rules over time write, in scenes of their own.
OVER_TIME = {FrequencyStore.__name__: FrequencyStore}
TRACKERS = {TrackerStore.__name__: TrackerStore}


def main(verb: str, when: str, desk: str, store: str) -> None:
    """Arm the verb and run."""
    owner, name = verb.split(".")
    home: Any = {**CLASSES, **OVER_TIME, **TRACKERS}.get(owner, daemon)
    original: Callable[..., Any] = getattr(home, name)

    def armed(*args: Any, **kwargs: Any) -> Any:
        # What goes to the operator's terminal is sent at the same time; the crash is to hit the alert.
        if name == "hand_over" and args[1].receiver != "desk":
            return original(*args, **kwargs)
        result = None if when == "before" else original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(home, name, armed)
    once(Path(desk), Path(store))


if __name__ == "__main__":
    main(*sys.argv[1:])
