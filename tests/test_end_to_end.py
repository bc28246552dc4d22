"""From a feed on the network to the terminal, Slack and mail: one development, one alert."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.conftest import SHIPPED_DESK
from tests.support.august import DISPATCH, LEAD, reports
from tests.support.desk import NEAR
from tests.support.http import Answer
from tests.support.mailbox import Mailbox
from tests.support.program import Finished, wirewatch
from tests.support.slack import TOKEN, SlackServer
from tests.support.wire import Item, Wire

RECEIVERS = """
receivers:
  terminal: {{type: terminal}}
  hook: {{type: slack, webhook_secret: slack-hook}}
  bot: {{type: slack, token_secret: slack-bot, channel: C042, api_url: '{api_url}'}}
  duty: {{type: email, host: 127.0.0.1, port: {port}, security: none, from: desk@example.org, to: [duty@example.org]}}
"""


@dataclass
class Desk:
    """The shipped rules on feeds of our own, with every kind of receiver."""

    folder: Path
    wire: Wire
    slack: SlackServer
    mails: Mailbox

    def publish(self, *feeds: list[Item]) -> None:
        listed = "".join(
            f"- {{id: feed-{number}, url: '{self.wire.publish(f'/{number}', items)}', every: 1s}}\n"
            for number, items in enumerate(feeds)
        )
        (self.folder / "feeds.yaml").write_text("feeds:\n" + listed, encoding="utf-8")

    def run(self, *command: str) -> Finished:
        env = {"SLACK_HOOK": self.slack.webhook, "SLACK_BOT": TOKEN}
        return wirewatch(*command, "--desk", self.folder, "--store", self.folder / "wirewatch.db", env=env)


@pytest.fixture
def desk(tmp_path: Path, wire: Wire, slack: SlackServer, mails: Mailbox) -> Desk:
    folder = tmp_path / "a desk"
    shutil.copytree(SHIPPED_DESK, folder)
    config = RECEIVERS.format(api_url=slack.api_url, port=mails.port) + NEAR
    (folder / "wirewatch.yaml").write_text(config, encoding="utf-8")
    return Desk(folder, wire, slack, mails)


def assert_told_once(desk: Desk, printed: str) -> None:
    """One message on each of the four ways, with rule, words, outlets and link in each."""
    mail = desk.mails.mails[0].get_content()
    posts = [str(post) for post in desk.slack.posts]
    assert (printed.count("▲ [high]"), len(posts), len(desk.mails.mails)) == (1, 2, 1)
    for text in (printed, mail, *posts):
        assert "turkey-russia-joint-patrol" in text
        assert "(11 reports)" in text
        assert "«Russia»" in text
        assert "https://news.example/" in text
        for number in range(11):
            assert f"Outlet {number}" in text


def test_one_dispatch_and_ten_reprints_in_one_feed_are_one_alert(desk: Desk) -> None:
    desk.publish(reports())
    first = desk.run("once")
    assert first.code == 0, first
    assert_told_once(desk, first.out)

    again = desk.run("once", "--all")
    assert "status=unchanged" in again.err
    assert "0 alerts; 0 notices sent" in again.out


def test_the_same_in_eleven_feeds_is_one_alert(desk: Desk) -> None:
    desk.publish(*([one] for one in reports()))
    first = desk.run("once")
    assert first.code == 0, first
    assert_told_once(desk, first.out)


def test_a_changed_headline_that_still_matches_gives_no_second_alert(desk: Desk) -> None:
    desk.publish(reports())
    desk.run("once")
    changed = [replace(item, title=f"{item.title}, ministry says") for item in reports()]
    desk.publish(changed)
    again = desk.run("once", "--all")
    assert "revised=11 matches=11 alerts=0" in again.err
    assert (len(desk.slack.posts), len(desk.mails.mails)) == (2, 1)


def test_why_and_the_listings_tell_what_happened(desk: Desk) -> None:
    desk.publish(reports())
    desk.run("once")
    why = desk.run("why", "1")
    assert "alerted (first match of this rule on this development), alert 1" in why.out
    assert "✓ action: $topic.patrol" in why.out
    assert "copy of a report that was told" in desk.run("why", "2").out
    assert desk.run("alerts", "show", "1").out.count("folded") == 10
    assert "11 entries in 1 stories" in desk.run("status").out


def test_an_alert_waits_for_a_slack_that_is_down(desk: Desk) -> None:
    desk.publish([Item(title=DISPATCH, summary=LEAD)])
    webhook = desk.slack.webhook
    desk.slack.script = [Answer(hang_up=True), Answer(hang_up=True)]
    first = desk.run("once")
    assert first.code == 1
    assert "2 notices sent, 2 not sent" in first.out
    for number in desk.run("deliveries", "list", "--state", "ambiguous").out.splitlines()[1:]:
        desk.run("deliveries", "retry", number.split()[0])
    second = desk.run("once")
    assert second.code == 0, second
    assert len(desk.slack.posts) == 2
    assert webhook not in first.err + first.out + second.err
