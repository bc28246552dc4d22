"""Desks whose list of feeds is edited by the commands."""

from dataclasses import dataclass
from pathlib import Path

from click.testing import Result

from tests.cli.running import run

LIST = """\
# our feeds
feeds:
# ---- wires
- id: tass
  url: https://tass.example/rss
  title: TASS
# ---- press
- {id: daily, url: 'https://daily.example/feed'}  # slow
"""
# Feeds of tests are on this machine, which has to be allowed.
LOOPBACK = 'polling: {allow: [127.0.0.0/8, "::1"], gap: 0s}\n'


@dataclass(frozen=True)
class Desk:
    """A desk with the list above, and the feed commands on it."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "feeds.yaml"

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def feeds(self, *arguments: str | Path) -> Result:
        return run("feeds", *arguments, "--desk", self.folder)

    def said(self, *arguments: str | Path) -> str:
        """What a command that ends well prints."""
        result = self.feeds(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *arguments: str | Path) -> str:
        """The one line of a command that ends with 1 and leaves the list alone."""
        before = self.text
        result = self.feeds(*arguments)
        assert (result.exit_code, result.stdout, self.text) == (1, "", before)
        (line,) = result.stderr.splitlines()
        return line
