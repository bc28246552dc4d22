"""Exit codes, help, JSON and clear words for wrong usage, the same for every command."""

import json
import re
import sqlite3
from pathlib import Path

import click
import pytest

from monitor import __version__
from monitor.cli.main import main
from tests.cli.running import HOSTILE, Placed, document, run
from tests.support.desk import write_desk
from tests.support.program import wirewatch


def walk(group: click.Group, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], click.Command]:
    """Every command and group by the words that call it."""
    found: dict[tuple[str, ...], click.Command] = {path: group}
    for name, command in group.commands.items():
        found |= walk(command, (*path, name)) if isinstance(command, click.Group) else {(*path, name): command}
    return found


COMMANDS = walk(main)
GROUPS = sorted(path for path, command in COMMANDS.items() if isinstance(command, click.Group) and path)
LISTINGS = [
    "status",
    "feeds list",
    "feeds export",
    "stories list",
    "stories show 1",
    "alerts list",
    "alerts show 1",
    "deliveries list",
    "digest show",
    f"why {HOSTILE.link}",
    "why 1 --rule joint-patrol",
    "rules list",
    "rules test",
    "rules explain joint-patrol patrol",
    "check --format json",
]


def takes_json(command: click.Command) -> bool:
    return any("--json" in parameter.opts for parameter in command.params)


@pytest.mark.parametrize("path", sorted(COMMANDS), ids=lambda path: " ".join(path) or "wirewatch")
def test_help_says_in_a_sentence_what_a_command_does_and_names_every_option(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    usage, _, sentence = result.stdout.splitlines()[:3]
    assert usage.startswith(" ".join(("Usage: wirewatch", *path)))
    assert len(sentence.split()) >= 3
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            assert parameter.opts[0] in result.stdout


@pytest.mark.parametrize("path", [(), *GROUPS], ids=" ".join)
def test_a_list_of_commands_cuts_no_sentence_short(path: tuple[str, ...]) -> None:
    commands = run(*path, "--help").stdout.split("Commands:\n")[1].splitlines()
    assert commands
    assert [line for line in commands if line.endswith("...")] == []


@pytest.mark.parametrize(
    "path",
    [path for path, command in COMMANDS.items() if any(isinstance(one, click.Argument) for one in command.params)],
    ids=" ".join,
)
def test_help_names_the_arguments_or_shows_an_example(path: tuple[str, ...]) -> None:
    shown = run(*path, "--help").stdout
    metavar = next(
        one.make_metavar(click.Context(main)) for one in COMMANDS[path].params if isinstance(one, click.Argument)
    )
    assert metavar.strip("[].") in shown.splitlines()[0]
    assert len(path) == 2 or re.search(rf"^ +wirewatch {path[0]} ", shown, re.MULTILINE)


def test_examples_in_help_name_commands_and_options_that_there_are() -> None:
    for path in COMMANDS:
        for example in re.findall(r"^  +wirewatch (.*)$", run(*path, "--help").stdout, re.MULTILINE):
            words = example.split("  ")[0].split()
            called = next(tuple(words[:n]) for n in (2, 1) if tuple(words[:n]) in COMMANDS)
            options = {word for word in words if word.startswith("--")}
            assert options <= {opt for parameter in COMMANDS[called].params for opt in parameter.opts}


def test_the_version_is_told() -> None:
    assert run("--version").stdout == f"wirewatch, version {__version__}\n"


@pytest.mark.parametrize("command", LISTINGS)
def test_json_is_one_document_and_all_there_is_on_standard_output(full: Placed, command: str) -> None:
    extra = () if command.startswith("check") else ("--json",)
    result = full.run(*command.split(), *extra)
    assert document(result)
    # `check` has the missing secret of a receiver to tell.
    assert (result.exit_code, result.stderr) == (1 if command.startswith("check") else 0, "")


def test_every_command_that_prints_rows_can_print_json() -> None:
    silent = {" ".join(path) for path, command in COMMANDS.items() if path and not takes_json(command)}
    assert silent - {" ".join(path) for path in GROUPS} == {
        "run", "check", "send-test", "feeds poll", "feeds add", "feeds remove", "deliveries retry",
        "digest send", "rules schema", "trackers set", "trackers confirm",
    }  # fmt: skip


def test_once_as_json_keeps_alerts_and_log_off_standard_output(full: Placed, tmp_path: Path) -> None:
    finished = wirewatch("once", "--json", "--desk", full.desk, "--store", tmp_path / "new.db")
    assert finished.code == 1
    totals = {"polls": 3, "failed": 1, "new": 3, "alerts": 1, "sent": 1, "unsent": 1}
    assert json.loads(finished.out).items() >= totals.items()
    assert "▲ [high]" in finished.err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("stories show 99", "wirewatch: there is no story 99"),
        ("alerts show 99", "wirewatch: there is no alert 99"),
        ("digest show 99", "wirewatch: there is no digest 99"),
        ("deliveries retry 99", "wirewatch: there is no failed or waiting delivery 99"),
        ("why 99", "wirewatch: no stored entry has the number or link '99'"),
        (f"why {'9' * 40}", f"wirewatch: no stored entry has the number or link '{'9' * 40}'"),
        ("why https://news.example/none", "wirewatch: no stored entry has the number or link 'https://news.example/none'"),
    ],
)  # fmt: skip
def test_a_number_that_is_not_there_is_one_line_and_ends_with_1(full: Placed, command: str, said: str) -> None:
    result = full.run(*command.split())
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{said}\n")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("stories show x", "Invalid value for 'STORY': 'x' is no number as the listings show it"),
        ("stories show 1.5", "Invalid value for 'STORY': '1.5' is no number as the listings show it"),
        (f"alerts show {'9' * 30}", f"Invalid value for 'ALERT': '{'9' * 30}' is no number as the listings show it"),
        ("deliveries retry two", "Invalid value for 'DELIVERY': 'two' is no number as the listings show it"),
        (
            "deliveries list --state sendt",
            "Invalid value for '--state': 'sendt' is not one of 'queued', 'deferred', 'ambiguous', 'sent', 'failed'.",
        ),
        ("stories list --limit 0", "Invalid value for '--limit': 0 is not in the range 1<=x<=100000."),
        ("why 1 --rule patrol", "Invalid value for --rule: no rule is called 'patrol'; there are: joint-patrol"),
        ("rules test patrol", "Invalid value for RULE: no rule is called 'patrol'; there are: joint-patrol"),
        ("send-test x", "Invalid value for RECEIVER: no receiver is called 'x'; there are: terminal, syria-slack"),
        ("feeds poll nothing", "Invalid value for URL_OR_ID: no feed of the desk has the id or address 'nothing'"),
        ("check nothing.yaml", "Invalid value for '[PATHS]...': Path 'nothing.yaml' does not exist."),
        ("check --format xml", "Invalid value for '--format': 'xml' is not one of 'text', 'json', 'github'."),
        ("status now", "Got unexpected extra argument (now)"),
        ("status --jsn", "No such option '--jsn'. Did you mean '--json'?"),
        ("why", "Missing argument 'ENTRY_URL_OR_RULE'."),
        ("replay", "Missing argument 'FILES...'."),
        ("replay nothing.jsonl", "Invalid value for 'FILES...': File 'nothing.jsonl' does not exist."),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_in_one_line_and_ends_with_2(full: Placed, command: str, said: str) -> None:
    result = full.run(*command.split())
    assert (result.exit_code, result.stdout) == (2, "")
    usage, hint, _, error = result.stderr.splitlines()
    assert usage.startswith(f"Usage: wirewatch {command.split(maxsplit=1)[0]}")
    assert hint.startswith("Try 'wirewatch ")
    assert error == f"Error: {said}"


@pytest.mark.parametrize("arguments", [[], *([*path] for path in GROUPS)], ids=" ".join)
def test_a_group_without_a_command_shows_its_help_and_ends_with_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Commands:" in result.stderr


def test_a_command_that_is_not_there_is_told() -> None:
    result = run("statos")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("Error: No such command 'statos'.")


READING = [
    "status",
    "feeds list",
    "stories list",
    "stories show 1",
    "alerts list",
    "deliveries list",
    "digest show",
    "why 1",
]


@pytest.mark.parametrize("command", [*READING, "deliveries retry 1"])
def test_without_a_store_the_end_is_3_and_the_words_say_what_makes_one(empty: Placed, command: str) -> None:
    empty.store.unlink()
    result = empty.run(*command.split())
    assert (result.exit_code, result.stdout) == (3, "")
    said = f"wirewatch: store {empty.store}: there is none yet; 'wirewatch run' or 'wirewatch once' makes it\n"
    assert result.stderr == said


@pytest.mark.parametrize("command", [*READING, "deliveries retry 1"])
def test_a_file_that_is_no_store_ends_with_3(empty: Placed, command: str) -> None:
    empty.store.write_text("this is no database, however long it may be; not at all " * 20, encoding="utf-8")
    result = empty.run(*command.split())
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(f"wirewatch: store {empty.store}: the file is no SQLite database; ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", READING)
def test_a_database_of_another_program_ends_with_3(empty: Placed, command: str) -> None:
    empty.store.unlink()
    with sqlite3.connect(empty.store) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    result = empty.run(*command.split())
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.count("\n") == 1


def test_problems_of_the_desk_end_with_1_and_a_desk_in_order_with_0(tmp_path: Path) -> None:
    desk = write_desk(tmp_path, {"wire": "https://wire.example/rss"})
    assert run("check", "--desk", desk).exit_code == 0
    (desk / "feeds.yaml").write_text("feeds: none", encoding="utf-8")
    for command in (["check"], ["rules", "list"], ["once"], ["why", "1"]):
        assert run(*command, "--desk", desk, "--store", tmp_path / "none.db").exit_code == 1


def test_the_real_program_ends_with_the_same_codes(full: Placed, tmp_path: Path) -> None:
    good = wirewatch("status", "--json", "--store", full.store)
    assert (good.code, good.err) == (0, "")
    missing = wirewatch("status", "--store", tmp_path / "none.db")
    assert (missing.code, missing.out) == (3, "")
    assert missing.err.startswith("wirewatch: store ")
