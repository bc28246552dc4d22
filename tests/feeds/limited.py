"""Bodies parsed in a process of its own, with its time and memory limited and what it opens written down.

    python -m tests.feeds.limited PATH...

prints a line of JSON for each. A body that needs more than the limits kills the process, and the test sees it.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from monitor.core.entry import identities
from monitor.errors import ParseError
from monitor.feeds.encoding import settle
from monitor.feeds.parse import LONGEST_FIELD, Source, parse

SECONDS = 60
MEMORY = 1 << 30
ROOT = Path(__file__).parents[2]


def outcomes(*paths: Path) -> dict[str, dict[str, Any]]:
    """What came of each body, by the name of its file."""
    command = [sys.executable, "-m", "tests.feeds.limited", *map(str, paths)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert ran.returncode == 0, ran.stderr[-2_000:]
    return {one["name"]: one for one in map(json.loads, ran.stdout.splitlines())}


def _outcome(path: Path, opened: list[str]) -> dict[str, Any]:
    body = path.read_bytes()
    opened.clear()
    outcome: dict[str, Any] = {"name": path.name}
    try:
        settled = settle(body, "", language="", encoding="")
        source = Source(url="https://n.example/feed", body=settled.body, content_type=settled.content_type)
        feed = parse(source)
    except ParseError as error:
        return outcome | {"fault": error.fault.value, "opened": [*opened]}
    longest = max((len(text) for one in feed.entries for text in (one.id, one.link, one.title)), default=0)
    assert longest <= LONGEST_FIELD
    return outcome | {
        "count": len(feed.entries),
        "different": len(set(identities(feed.entries, feed.link))),
        "entries": [
            {"id": one.id, "link": one.link, "title": one.title, "summary": one.summary[:200],
             "dated": str(one.published_at or "")}
            for one in feed.entries[:40]
        ],
        "cut": feed.cut,
        "note": settled.note,
        "opened": [*opened],
    }  # fmt: skip


def _main(paths: list[str]) -> None:
    opened: list[str] = []

    def write_down(event: str, arguments: tuple[Any, ...]) -> None:
        if event in {"open", "socket.connect", "socket.getaddrinfo"}:
            what = str(arguments[1] if event == "socket.connect" else arguments[0])
            if not what.endswith((".py", ".pyc", ".so")):
                opened.append(what)

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.addaudithook(write_down)
    for path in map(Path, paths):
        sys.stdout.write(json.dumps(_outcome(path, opened)) + "\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
