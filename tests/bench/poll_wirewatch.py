"""wirewatch as the bench runs it, in a process of its own: `python -m tests.bench.poll_wirewatch DESK STORE`.

Reads commands from standard input, answers each with a line of JSON: `cycle` polls every feed once, `count` says what
is stored. Store and parser stay open between cycles, as the daemon's do; log lines and alerts are written to nowhere.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from monitor import app, log
from monitor.daemon import clock, run_once
from monitor.pipeline import Pipeline
from monitor.store import Store
from monitor.work import Means


class _Lasting(Store):
    """A store that outlives the run that would close it."""

    def close(self) -> None:
        pass


def main(desk: str, store: str) -> None:
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        log.configure(nowhere)
        loaded = app.load(app.places(desk=Path(desk), config=None, store=Path(store), environment={}))
        pipeline = _opened(loaded)
        means = app.means(loaded, nowhere)
        kept = replace(means, open_pipeline=lambda _: pipeline, close=lambda: None)
        print("{}", flush=True)
        for command in sys.stdin:
            answer = _cycle(kept) if command.split()[0] == "cycle" else _count(pipeline)
            print(json.dumps(answer), flush=True)
        means.close()


def _opened(loaded: app.App) -> Pipeline:
    """As app.open_pipeline does it."""
    store, now = _Lasting.open(loaded.store_path), clock()
    store.feeds.sync(loaded.desk.feeds.values(), now, loaded.config.polling.slowest * 1.1)
    return app.pipeline(loaded, store, loaded.desk.feeds, now)


def _cycle(means: Means) -> dict[str, int]:
    totals = run_once(means, everything=True)
    return {"polls": totals.polls, "failed": totals.failed}


def _count(pipeline: Pipeline) -> dict[str, int]:
    broken = sum(1 for row in pipeline.store.feeds.all() if row["failures"])
    return {"entries": pipeline.store.entries.count(), "broken": broken}


if __name__ == "__main__":
    main(*sys.argv[1:])
