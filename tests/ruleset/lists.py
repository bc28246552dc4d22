"""Lists of feeds in real files, and a feed that is new to all of them."""

import tempfile
from pathlib import Path

from monitor.errors import ConfigError
from monitor.ruleset.feedblock import Keys
from monitor.ruleset.feedlist import FeedList, read_list

NEW: Keys = {"id": "new", "url": "https://new.example/rss", "title": "A new: one", "tags": ("a", "b, c")}
BLOCK = '- id: new\n  url: https://new.example/rss\n  title: "A new: one"\n  tags: [a, "b, c"]\n'


def listing(text: str) -> FeedList:
    """The list of a real file."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-") as folder:
        file = Path(folder) / "feeds.yaml"
        file.write_bytes(text.encode())
        return read_list(file)


def refusal(error: ConfigError) -> str:
    """The one line that is said, without the folder."""
    (problem,) = error.problems
    return str(problem).rpartition("/")[2] if problem.file.startswith("/") else str(problem)
