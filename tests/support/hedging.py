"""A pipeline with rules of one's own, and one that hears nothing of what goes to the digest."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from monitor import app as composition
from monitor.core.entry import Document
from monitor.core.match import Matcher, Setting, Survey
from monitor.core.rule import Handling, Rule, Ruleset
from monitor.pipeline import Pipeline
from monitor.store import Store
from tests.support.stage import NOW, staged


class Hedging(Matcher):
    """The program's matcher; `deaf` finds nothing for the digest."""

    def __init__(self, ruleset: Ruleset, *, deaf: bool = False) -> None:
        super().__init__(ruleset)
        self._deaf = deaf

    def survey(self, document: Document, setting: Setting) -> Survey:
        """What the document comes to."""
        heard = super().survey(document, setting)
        matches = [one for one in heard.matches if not (self._deaf and one.handling is Handling.DIGEST)]
        return replace(heard, matches=matches)


@contextmanager
def hedging(
    desk: Path, store_path: Path, now: datetime = NOW, *, rules: dict[str, Rule] | None = None, deaf: bool = False
) -> Iterator[Pipeline]:
    """The writing half on a desk, with some of its rules replaced."""
    app = staged(desk, store_path)
    ruleset = replace(app.desk.ruleset, rules={**app.desk.ruleset.rules, **(rules or {})})
    store = Store.open(store_path, durable=False)
    store.feeds.sync(app.desk.feeds.values(), now)
    yield composition.pipeline(replace(app, matcher=Hedging(ruleset, deaf=deaf)), store, app.desk.feeds, now)
    store.close()


def without(pipeline: Pipeline, rule_id: str) -> None:
    """The desk drops a rule."""
    rules = {name: rule for name, rule in pipeline._matcher.ruleset.rules.items() if name != rule_id}
    pipeline._matcher = Hedging(replace(pipeline._matcher.ruleset, rules=rules))
