"""wirewatch.yaml: what it says, what it means where it is silent, and what is wrong with it."""

import re
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import yamlfile
from monitor.config import (
    Alerting,
    BlindSpots,
    Config,
    Delivering,
    Mail,
    Polling,
    Slack,
    Terminal,
    check_names,
    load_config,
    secret_names,
    store_named,
)
from monitor.config.reading import Reader
from monitor.core.delivery import Medium
from monitor.core.route import Route
from monitor.core.severity import Severity
from monitor.errors import ConfigError
from monitor.yamlfile import Problems
from tests.ruleset.reading import mistyped, noted, outside

COMPLETE = """\
store: /var/lib/wirewatch/wirewatch.db
secrets: secrets
receivers:
  terminal: {type: terminal}
  hook: {type: slack, webhook_secret: slack-syria}
  bot: {type: slack, token_secret: slack-bot, channel: "#syria", api_url: "http://127.0.0.1:80/api/"}
  duty:
    type: email
    host: mail.example
    port: 2525
    security: tls
    username: wirewatch
    password_secret: mail-password
    from: alerts@example.org
    to: [duty@example.org, desk@example.org]
routes:
- {min_severity: high, rules: [ypg-status], owners: [syria-desk], receivers: [hook, duty]}
- receivers: [terminal]
polling:
  every: 5m
  fastest: 1m
  slowest: 2h
  budget: 500
  timeout: 10s
  max_bytes: 20000
  workers: 4
  gap: 3s
  contact: "https://example.org/bot"
  allow: [10.0.0.0/8, intranet.example]
  ports: [8080]
  baseline: false
  articles: 7
blind_spots: {severity: info, owner: night, after: 4}
alerts: {story_window: 2d, fold_within: 1h}
delivery: {group_wait: 0s, give_up_after: 1d, timeout: 5s}
"""


def read(text: str, folder: Path = Path("desk")) -> tuple[Config, list[str]]:
    problems = Problems()
    root = yamlfile.parse(dedent(text), "w", problems)
    assert root is not None, noted(problems)
    return Reader(problems, folder).read(root), noted(problems)


def wrong(text: str) -> list[str]:
    return read(text)[1]


def load(text: str, folder: Path) -> Config:
    path = folder / "wirewatch.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return load_config(path)


def test_a_complete_configuration_is_read_as_it_is_written(tmp_path: Path) -> None:
    config = load(COMPLETE, tmp_path)
    assert config == Config(
        store=Path("/var/lib/wirewatch/wirewatch.db"),
        secrets=tmp_path / "secrets",
        receivers={
            "terminal": Terminal(name="terminal"),
            "hook": Slack(name="hook", webhook_secret="slack-syria"),
            "bot": Slack(name="bot", token_secret="slack-bot", channel="#syria", api_url="http://127.0.0.1:80/api/"),
            "duty": Mail(
                name="duty",
                host="mail.example",
                port=2525,
                security="tls",
                sender="alerts@example.org",
                recipients=("duty@example.org", "desk@example.org"),
                username="wirewatch",
                password_secret="mail-password",
            ),
        },
        routes=(
            Route(
                min_severity=Severity.HIGH,
                rules=("ypg-status",),
                owners=("syria-desk",),
                receivers=("hook", "duty"),
            ),
            Route(receivers=("terminal",)),
        ),
        polling=Polling(
            every=timedelta(minutes=5),
            fastest=timedelta(minutes=1),
            slowest=timedelta(hours=2),
            budget=500,
            timeout=timedelta(seconds=10),
            max_bytes=20_000,
            workers=4,
            gap=timedelta(seconds=3),
            contact="https://example.org/bot",
            allow=("10.0.0.0/8", "intranet.example"),
            ports=(8080,),
            baseline=False,
            articles=7,
        ),
        blind_spots=BlindSpots(severity=Severity.INFO, owner="night", after=4),
        alerts=Alerting(story_window=timedelta(days=2), fold_within=timedelta(hours=1)),
        delivery=Delivering(group_wait=timedelta(), give_up_after=timedelta(days=1), timeout=timedelta(seconds=5)),
    )


def test_where_the_file_is_silent_alerts_go_to_the_terminal() -> None:
    config, problems = read("polling: {every: 10m}")
    assert problems == []
    assert config == Config()
    assert config.routes == (Route(receivers=("terminal",)),)


def test_without_routes_every_receiver_hears_everything() -> None:
    config, problems = read("receivers: {a: {type: terminal}, b: {type: slack, webhook_secret: slack-b}}")
    assert problems == []
    assert config.routes == (Route(receivers=("a", "b")),)


@pytest.mark.parametrize(("security", "port"), [("", 587), ("security: starttls,", 587), ("security: tls,", 465)])
def test_the_usual_port_of_a_mail_server_follows_from_its_security(security: str, port: int) -> None:
    text = f"receivers: {{m: {{type: email, host: h, {security} from: a@example.org, to: [b@example.org]}}}}"
    config, problems = read(text)
    assert problems == []
    (mail,) = config.receivers.values()
    assert isinstance(mail, Mail)
    assert mail.port == port


def test_receivers_know_their_medium_and_whom_they_reach() -> None:
    config, _ = read(COMPLETE)
    reached = {name: (one.medium, one.recipients) for name, one in config.receivers.items()}
    assert reached == {
        "terminal": (Medium.TERMINAL, ("",)),
        "hook": (Medium.SLACK, ("",)),
        "bot": (Medium.SLACK, ("#syria",)),
        "duty": (Medium.EMAIL, ("duty@example.org", "desk@example.org")),
    }


def test_receivers_name_the_secrets_they_need() -> None:
    config, _ = read(COMPLETE)
    needed = {name: secret_names(one) for name, one in config.receivers.items()}
    assert needed == {"terminal": (), "hook": ("slack-syria",), "bot": ("slack-bot",), "duty": ("mail-password",)}


@pytest.mark.parametrize(
    ("written", "store"),
    [("store.db", Path("desk/store.db")), ("../x.db", Path("desk/../x.db")), ("/x.db", Path("/x.db"))],
)
def test_paths_are_relative_to_the_file(written: str, store: Path) -> None:
    assert read(f"store: {written}")[0].store == store


def test_a_tilde_in_a_path_is_the_home_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/editor")
    assert read("store: ~/wire.db")[0].store == Path("/home/editor/wire.db")


@pytest.mark.parametrize(
    ("section", "key", "shortest", "longest"),
    [
        ("polling", "every", "1s", "7d"),
        ("polling", "timeout", "1s", "5m"),
        ("alerts", "story_window", "1h", "30d"),
        ("alerts", "fold_within", "0s", "30d"),
        ("delivery", "group_wait", "0s", "10m"),
        ("delivery", "give_up_after", "1m", "30d"),
        ("delivery", "timeout", "1s", "5m"),
    ],
)
def test_every_duration_has_bounds_that_are_told(section: str, key: str, shortest: str, longest: str) -> None:
    assert wrong(f"{section}: {{{key}: {shortest}}}") == []
    assert wrong(f"{section}: {{{key}: {longest}}}") == []
    column = len(f"{section}: {{{key}: ") + 1
    said = f"'{key}' is a duration from {shortest} to {longest}, written as 90s, 10m, 6h or 3d"
    assert wrong(f"{section}: {{{key}: 31d}}") == [f"w:1:{column}: {said}, not '31d'"]


@pytest.mark.parametrize(("key", "lowest", "highest"), [("workers", 1, 64), ("max_bytes", 10_000, 100_000_000)])
def test_every_number_has_bounds(key: str, lowest: int, highest: int) -> None:
    assert wrong(f"polling: {{{key}: {lowest}}}") == wrong(f"polling: {{{key}: {highest}}}") == []
    for beyond in (lowest - 1, highest + 1):
        (said,) = wrong(f"polling: {{{key}: {beyond}}}")
        assert f"from {lowest} to {highest}, not '{beyond}'" in said


@pytest.mark.parametrize("address", ["desk@example.org", "a.b+c@sub.example.org", "desk@localhost"])
def test_a_mail_address_is_taken_as_it_is(address: str) -> None:
    text = f"receivers: {{m: {{type: email, host: h, from: '{address}', to: ['{address}']}}}}"
    config, problems = read(text)
    assert problems == []
    assert config.receivers["m"].recipients == (address,)


@pytest.mark.parametrize(
    "address",
    ["desk", "@example.org", "desk@", "a b@example.org", "Desk <desk@example.org>", "a@b@c", "a@x\\nBcc: b@y", ","],
)
def test_what_is_no_mail_address_is_told(address: str) -> None:
    (said,) = wrong(f'receivers: {{m: {{type: email, host: h, from: "{address}", to: [b@example.org]}}}}')
    assert said.endswith("is no mail address such as desk@example.org")


def test_what_may_be_asked_inside_our_own_walls_is_read_as_written() -> None:
    allowed = ["10.0.0.0/8", "::1", "wire.intranet", "10.0.0.5"]
    config, problems = read(f"polling: {{allow: {allowed}, ports: [8080, 8443]}}")
    assert problems == []
    assert (config.polling.allow, config.polling.ports) == (tuple(allowed), (8080, 8443))


@pytest.mark.parametrize(
    ("allowed", "said"),
    [
        ("10.0.0.5/8", "'10.0.0.5/8' is no address or network; write 10.0.0.0/8, or the address alone"),
        ("127.1", "'127.1' is no address or network; write one such as 10.0.0.5 or 10.0.0.0/8"),
        ("http://wire.intranet/", "'http://wire.intranet/' is a web address; write its host alone"),
        ("*.intranet", "'*.intranet' is no host name, address or network; write one such as wire.intranet"),
    ],
)
def test_what_names_no_place_inside_our_own_walls_is_told(allowed: str, said: str) -> None:
    assert wrong(f"polling: {{allow: [localhost, '{allowed}']}}") == [f"w:1:30: 'allow': {said}"]


def test_a_port_has_bounds() -> None:
    (said,) = wrong("polling: {ports: [80, 65536]}")
    assert said.startswith("w:1:23: a port is ")


@pytest.mark.parametrize("contact", ["отдел@example.org", "me (desk)", "a\\nb"])
def test_a_contact_that_would_break_the_header_is_told(contact: str) -> None:
    said = "w:1:20: 'contact' goes into a header: plain ASCII, an address or a URL"
    assert wrong(f'polling: {{contact: "{contact}"}}') == [said]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "needs 'webhook_secret', or 'token_secret' and 'channel'"),
        (", webhook_secret: a-b, token_secret: c-d, channel: x", "needs 'webhook_secret', or 'token_secret'"),
        (", token_secret: c-d", "'token_secret' and 'channel' go together"),
        (", webhook_secret: a-b, channel: x", "'token_secret' and 'channel' go together"),
        (", webhook_secret: a-b, api_url: 'https://x'", "a webhook carries its own address"),
        (", token_secret: c-d, channel: x, api_url: slack.com", "begins with https://"),
        (", token_secret: c-d, channel: x, api_url: 'http://['", "begins with https://"),
        (", token_secret: c-d, channel: x, api_url: 'http://slack.example/api/'", "begins with https://"),
    ],
)  # fmt: skip
def test_a_slack_receiver_has_one_way_to_slack(keys: str, said: str) -> None:
    (problem,) = wrong(f"receivers: {{s: {{type: slack{keys}}}}}")
    assert said in problem


SECRETS = (
    "https://hooks.slack.com/services/T0/B0/s3cr3t",
    "xoxb-123-456-s3cr3t",
    "xapp-1-s3cr3t",
    "S3cr3t!",
    "correct horse battery staple",
)


def _is_no_name(text: str) -> bool:
    return re.fullmatch(r"[a-z0-9-]+", text) is None


@pytest.mark.parametrize("value", SECRETS)
@pytest.mark.parametrize(
    "receiver",
    [
        "{{type: slack, webhook_secret: {value}}}",
        "{{type: slack, token_secret: {value}, channel: '#x'}}",
        "{{type: slack, webhook: {value}}}",
        "{{type: slack, token: [{value}], channel: '#x'}}",
        "{{type: email, host: h, from: a@b.c, to: [a@b.c], username: u, password_secret: {value}}}",
        "{{type: email, host: h, from: a@b.c, to: [a@b.c], username: u, password: {value}}}",
        "{{type: email, host: h, from: a@b.c, to: [a@b.c], username: u, password_secret: {{x: {value}}}}}",
        "{{type: email, host: h, from: a@b.c, to: [a@b.c], username: u, password_secret: {value} : x}}",
    ],
)
def test_a_secret_that_was_written_out_is_told_and_never_repeated(receiver: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(f"receivers:\n  r: {receiver.format(value=repr(value))}\n", tmp_path)
    assert not any(piece in str(caught.value) for piece in (value, "s3cr3t", "S3cr3t", "horse"))


@given(st.text(min_size=6, max_size=40).filter(_is_no_name))
def test_no_text_that_is_no_name_is_taken_for_the_name_of_a_secret_or_repeated(value: str) -> None:
    quoted = "".join(f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}" for char in value)
    problems = wrong(f'receivers: {{s: {{type: slack, webhook_secret: "{quoted}"}}}}')
    assert len(problems) == 1
    assert value not in problems[0]


def test_a_broken_receiver_is_told_once_and_not_again_by_every_route_to_it() -> None:
    assert wrong("receivers: {s: {type: slak}}\nroutes: [{receivers: [s]}]") == [
        "w:1:23: 'type' is one of terminal, slack, email, not 'slak'; did you mean 'slack'?"
    ]


def test_one_fault_in_a_list_is_told_once() -> None:
    said = "an item of 'rules' is a text; put it in quotes if it holds ': ', ' #', [ or {"
    assert wrong("routes: [{receivers: [terminal], rules: [[a]], owners: x}]") == [
        f"w:1:42: {said}",
        "w:1:56: 'owners' is a list; begin each item with '- ' or write [a, b]",
    ]


def test_rules_and_owners_that_routes_name_must_be_on_the_desk() -> None:
    config, problems = read("routes:\n- {rules: [ypg-staus], owners: [syria-desk, iraq], receivers: [terminal]}")
    assert problems == []
    assert [str(problem) for problem in check_names(config, {"ypg-status"}, {"syria-desk"})] == [
        "w:2:12: the desk has no rule 'ypg-staus'; did you mean 'ypg-status'?",
        "w:2:45: the desk has no owner 'iraq'",
    ]


def test_every_problem_of_a_file_is_told_at_once_in_its_order(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load("polling: {every: soon, workers: 0}\nroutes: []\nreceivers: {A: {}}\nstore: []\n", tmp_path)
    assert [(problem.line, problem.column) for problem in caught.value.problems] == [
        (1, 18), (1, 33), (2, 9), (3, 13), (3, 16), (4, 8),
    ]  # fmt: skip


def test_the_store_of_a_configuration_is_known_whatever_else_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.yaml"
    path.write_text("store: wire.db\nroutes: nonsense\nno_key: 1\n", encoding="utf-8")
    assert store_named(path) == tmp_path / "wire.db"
    path.write_text("routes: nonsense\n", encoding="utf-8")
    assert store_named(path) is None


@pytest.mark.parametrize("text", ["store: [a]", "store: ''", "store: a: b", "", "- a", "store: 'a"])
def test_a_store_that_cannot_be_read_is_no_other_store(text: str, tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        store_named(path)


def test_a_configuration_that_is_not_there_is_told(tmp_path: Path) -> None:
    for read_it in (load_config, store_named):
        with pytest.raises(ConfigError, match=r"none\.yaml: the file cannot be read: No such file"):
            read_it(tmp_path / "none.yaml")


@settings(max_examples=400, deadline=2000)
@given(mistyped(COMPLETE))
def test_any_configuration_gives_a_value_or_problems_with_places_in_it(text: str) -> None:
    text = text.replace("\r", "\n")
    problems = Problems()
    root = yamlfile.parse(text, "w", problems)
    if root is not None:
        Reader(problems, Path("desk")).read(root)
    assert root is not None or problems
    assert outside(problems, text) == []


def test_the_bounds_of_a_learned_pace_follow_the_average() -> None:
    config, problems = read("polling: {every: 20s}")
    assert problems == []
    assert (config.polling.fastest, config.polling.slowest) == (timedelta(seconds=4), timedelta(minutes=2))
    assert wrong("polling: {every: 5m, fastest: 6m}") != []
    assert wrong("polling: {every: 5m, slowest: 4m}") != []
