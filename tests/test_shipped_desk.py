"""The desk in rules/: it must work as it is, and hold what it promises."""

from collections import Counter

import pytest

from monitor import app as composition
from monitor import yamlfile
from monitor.app import App, Places
from monitor.core.feed import KINDS
from monitor.core.rule import Expectation
from monitor.daemon import clock
from monitor.ruleset.testing import run_tests
from monitor.yamlfile import Problems
from tests.cli.running import run
from tests.conftest import SHIPPED_DESK

EXPECTED_RULES = {"turkey-russia-joint-patrol", "ypg-status"}


@pytest.fixture(scope="module", name="app")
def _app(tmp_path_factory: pytest.TempPathFactory) -> App:
    return composition.load(Places(desk=SHIPPED_DESK, config=None, store=tmp_path_factory.mktemp("store") / "w.db"))


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_the_shipped_desk_passes_its_own_check(form: str) -> None:
    result = run("check", "--desk", SHIPPED_DESK, "--format", form)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.strip().endswith({"text": "no problems", "json": "[]", "github": ""}[form])


@pytest.mark.parametrize("name", sorted(path.name for path in (SHIPPED_DESK / "watch").iterdir()))
def test_every_file_of_rules_passes_alone(name: str) -> None:
    result = run("check", SHIPPED_DESK / "watch" / name)
    assert (result.exit_code, result.stderr) == (0, "")


def test_it_watches_forty_feeds_and_more(app: App) -> None:
    assert len(app.desk.feeds) >= 40


def test_every_feed_says_language_country_tier_kind_and_owner_itself() -> None:
    problems = Problems()
    root = yamlfile.load(SHIPPED_DESK / "feeds.yaml", "feeds.yaml", problems)
    assert root is not None
    assert isinstance(root.value, dict)
    wanted = {"id", "title", "language", "country", "tier", "owner", "kind"}
    silent = {node.line: wanted - set(node.value) for node in yamlfile.items(root.value["feeds"], problems, "feeds")}
    assert {line: lacking for line, lacking in silent.items() if lacking} == {}


def test_its_feeds_are_of_every_tier_of_many_kinds_languages_and_countries(app: App) -> None:
    feeds = app.desk.feeds.values()
    assert {feed.tier for feed in feeds} == {1, 2, 3, 4}
    assert {feed.kind for feed in feeds} >= {"official", "agency", "state", "press"}
    assert {feed.kind for feed in feeds} <= set(KINDS)
    assert {feed.language for feed in feeds} >= {"en", "tr", "ru", "ar"}
    assert {feed.country for feed in feeds} >= {"TR", "RU", "SY", "US"}


def test_both_rules_that_the_desk_was_made_for_are_there_and_grave(app: App) -> None:
    rules = app.desk.ruleset.rules
    assert set(rules) >= EXPECTED_RULES
    assert all(rules[name].severity.label in {"high", "critical"} for name in EXPECTED_RULES)
    assert all(rules[name].title != name for name in EXPECTED_RULES)
    assert all(rule.owner for rule in rules.values())


@pytest.mark.parametrize("rule_id", sorted(EXPECTED_RULES))
def test_those_rules_are_tested_in_several_languages_and_both_ways(app: App, rule_id: str) -> None:
    outcomes = list(run_tests(app.matcher, clock().date(), (rule_id,)))
    assert [str(outcome.problem) for outcome in outcomes if not outcome.passed] == []
    assert {outcome.test.language for outcome in outcomes} >= {"en", "tr", "ru", "ar"}
    counted = Counter(outcome.test.expect for outcome in outcomes)
    assert counted[Expectation.MATCH] >= 5
    assert counted[Expectation.NO_MATCH] + counted[Expectation.DIGEST] >= 5


def test_a_clone_needs_no_secret_and_alerts_on_the_terminal(app: App) -> None:
    assert list(app.config.receivers) == ["terminal"]
    assert composition.shortcomings(app, clock().date()) == []


def test_no_rule_test_depends_on_the_day_it_is_run(app: App) -> None:
    far = clock().date().replace(year=2040, day=1)
    failed = [str(outcome.problem) for outcome in run_tests(app.matcher, far) if not outcome.passed]
    assert failed == []


def test_every_file_of_the_desk_says_in_its_first_line_what_it_is() -> None:
    files = sorted(SHIPPED_DESK.rglob("*.yaml"))
    assert len(files) >= 7
    assert [path.name for path in files if not path.read_text(encoding="utf-8").startswith("# ")] == []
