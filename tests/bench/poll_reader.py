"""`reader` as the bench runs it, by the Python of its own environment: `python poll_reader.py ADDRESSES DATABASE`.

Reads commands from standard input, answers each with a line of JSON: `cycle WORKERS` updates every feed once, `count`
says what is stored. Knows nothing of wirewatch, which that environment lacks.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any


def main(addresses: str, database: str) -> None:
    reader = importlib.import_module("reader").make_reader(database)
    for address in Path(addresses).read_text(encoding="utf-8").split():
        reader.add_feed(address, exist_ok=True)
    print("{}", flush=True)
    for command in sys.stdin:
        verb, *arguments = command.split()
        if verb == "cycle":
            # Every feed, and not only those that reader thinks are due.
            reader.update_feeds(scheduled=False, workers=int(arguments[0]))
        print(json.dumps(_count(reader) if verb == "count" else {}), flush=True)


def _count(reader: Any) -> dict[str, int]:
    return {"entries": reader.get_entry_counts().total, "broken": reader.get_feed_counts(broken=True).total}


if __name__ == "__main__":
    main(*sys.argv[1:])
