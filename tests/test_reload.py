"""A running daemon takes up what its files say now, whole or not at all."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from monitor import app as composition
from monitor.pipeline import Parts
from monitor.reload import LONGEST_SECONDS, MOST_PROBLEMS, QUIET_SECONDS, Readiness, Result, Settling, standing
from monitor.reload import digest as digest_of
from monitor.reload import stamp as stamp_of
from monitor.store import Store
from monitor.work import Renewal, Source
from tests.support.desk import PATROL_RULE, write_desk
from tests.support.reloading import BROKEN, FEEDS, GAS, GAS_RULE, PATROL, Desk, settled, watched, with_gas
from tests.support.stage import NOW, entry, staged

desk = settled


def test_a_new_rule_alerts_from_the_next_entry_on(desk: Desk) -> None:
    assert desk.alerts(GAS) == 0
    desk.write("watch/gas.yaml", f"rules:{GAS_RULE}")
    desk.wait(5)
    assert desk.rules == ["gas-deal", "joint-patrol"]
    assert desk.alerts(GAS, entry("Russia and Turkey near another gas deal")) == 1


def test_a_change_is_taken_up_when_nothing_changed_for_two_seconds(desk: Desk) -> None:
    desk.write("watch/gas.yaml", f"rules:{GAS_RULE}")
    desk.wait(QUIET_SECONDS)
    assert desk.rules == ["joint-patrol"]
    desk.wait(1)
    assert desk.rules == ["gas-deal", "joint-patrol"]


def test_a_file_that_is_written_in_two_steps_is_not_taken_up_in_between(desk: Desk) -> None:
    text = f"rules:{GAS_RULE}"
    for half in (60, 120, len(text)):
        desk.write("watch/gas.yaml", text[:half])
        desk.wait(QUIET_SECONDS)
    desk.wait(1)
    assert desk.rules == ["gas-deal", "joint-patrol"]
    assert desk.told == []


def test_steady_writing_is_not_waited_for_longer_than_half_a_minute(desk: Desk) -> None:
    for second in range(int(LONGEST_SECONDS) + 2):
        desk.write("watch/gas.yaml", f"rules:{GAS_RULE}  notes: '{second}'\n")
        desk.wait(1)
        assert second >= LONGEST_SECONDS or desk.rules == ["joint-patrol"]
    assert desk.rules == ["gas-deal", "joint-patrol"]


def test_who_asks_need_not_wait(desk: Desk) -> None:
    desk.write("watch/gas.yaml", f"rules:{GAS_RULE}")
    desk.ask()
    assert desk.rules == ["gas-deal", "joint-patrol"]


def test_many_who_ask_at_once_are_one_reload(desk: Desk) -> None:
    for _ in range(1_000):
        desk.reload.ask()
    desk.wait(10)
    assert len(desk.installed) == 1


def test_a_file_that_was_only_touched_is_not_loaded_again(desk: Desk) -> None:
    os.utime(desk.folder / "watch/rules.yaml")
    desk.wait(10)
    assert desk.installed == []


def by_rename(folder: Path) -> None:
    (folder / "watch/.rules.yaml.new").write_text(f"{PATROL_RULE}{GAS_RULE}".replace("\n    ", "\n"))
    (folder / "watch/.rules.yaml.new").replace(folder / "watch/rules.yaml")


def by_a_link(folder: Path) -> None:
    (folder.parent / "gas-1").write_text(f"rules:{GAS_RULE}")
    (folder / "watch/gas.yaml").symlink_to(folder.parent / "gas-1")


def by_a_checkout(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / "next")
    with_gas(folder.parent / "next")
    folder.rename(folder.parent / "last")
    (folder.parent / "next").rename(folder)


@pytest.mark.parametrize("change", [by_rename, with_gas, by_a_link, by_a_checkout])
def test_a_change_is_seen_however_it_is_made(desk: Desk, change: Callable[[Path], None]) -> None:
    change(desk.folder)
    desk.wait(5)
    assert desk.rules == ["gas-deal", "joint-patrol"]


def test_a_link_that_leads_elsewhere_is_a_change_of_every_file_behind_it(tmp_path: Path) -> None:
    for release in ("one", "two"):
        write_desk(tmp_path / release, FEEDS)
    with_gas(tmp_path / "two")
    (tmp_path / "desk").symlink_to("one")
    with watched(tmp_path / "desk") as desk:
        (tmp_path / "new").symlink_to("two")
        (tmp_path / "new").replace(tmp_path / "desk")
        desk.wait(5)
        assert desk.rules == ["gas-deal", "joint-patrol"]


def test_a_file_that_was_removed_takes_its_rules_along(desk: Desk) -> None:
    with_gas(desk.folder)
    desk.wait(5)
    (desk.folder / "watch/gas.yaml").unlink()
    desk.wait(5)
    assert desk.rules == ["joint-patrol"]


def test_the_lock_that_emacs_keeps_beside_an_edited_file_is_no_file_of_the_desk(desk: Desk) -> None:
    (desk.folder / "watch/.#rules.yaml").symlink_to("analyst@desk.4711:1")
    desk.ask()
    assert desk.standing[0] is Result.LOADED


def test_with_a_problem_in_one_file_everything_stays_as_it_was(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with_gas(desk.folder)
    desk.write("watch/broken.yaml", BROKEN)
    before = desk.pipeline.parts
    desk.wait(5)
    assert desk.pipeline.parts is before
    assert desk.alerts(PATROL) == 1
    assert desk.standing == (Result.REFUSED, 2)
    assert f"problem {desk.folder}/watch/broken.yaml:3:10: " in caplog.text


def test_one_alert_is_opened_for_one_set_of_problems_and_closed_when_they_are_mended(desk: Desk) -> None:
    desk.write("watch/broken.yaml", BROKEN)
    desk.wait(5)
    # The same ones, some lines further down.
    desk.write("watch/broken.yaml", f"# to be mended\n\n{BROKEN}")
    desk.wait(5)
    desk.ask()
    assert desk.told == ["[high] Blind spot: rules not reloaded"]
    (open_,) = desk.pipeline.store.alerts.blind_spots()
    assert "stays in force" in open_["detail"]
    assert "broken.yaml:3:10" in open_["detail"]
    desk.write("watch/broken.yaml", f"rules:{GAS_RULE}")
    desk.wait(5)
    assert desk.told[1:] == ["OVER [high] Blind spot: rules not reloaded"]
    assert desk.pipeline.store.alerts.blind_spots() == []


def test_other_problems_are_another_alert_in_place_of_the_first(desk: Desk) -> None:
    desk.write("watch/broken.yaml", BROKEN)
    desk.wait(5)
    desk.write("watch/broken.yaml", BROKEN.replace("owner: me", "onwer: me"))
    desk.wait(5)
    assert desk.told == ["[high] Blind spot: rules not reloaded"] * 2
    assert len(desk.pipeline.store.alerts.blind_spots()) == 1


def test_an_edit_that_is_taken_back_closes_the_alert(desk: Desk) -> None:
    desk.write("watch/broken.yaml", BROKEN)
    desk.wait(5)
    (desk.folder / "watch/broken.yaml").unlink()
    desk.wait(5)
    assert desk.told[1:] == ["OVER [high] Blind spot: rules not reloaded"]
    assert desk.standing == (Result.LOADED, 0)


def test_a_desk_that_is_gone_for_a_moment_is_none_the_worse(desk: Desk) -> None:
    desk.folder.rename(desk.folder.parent / "away")
    desk.wait(1)
    (desk.folder.parent / "away").rename(desk.folder)
    desk.wait(5)
    assert (desk.installed, desk.told) == ([], [])


def test_a_desk_that_is_gone_for_longer_is_told_and_watched_all_the_same(desk: Desk) -> None:
    desk.folder.rename(desk.folder.parent / "away")
    desk.wait(10)
    assert desk.told == ["[high] Blind spot: rules not reloaded"]
    assert desk.alerts(PATROL) == 1
    (desk.folder.parent / "away").rename(desk.folder)
    desk.wait(5)
    assert desk.told[1:] == ["OVER [high] Blind spot: rules not reloaded"]


def test_a_configuration_that_is_gone_does_not_send_alerts_to_the_terminal(desk: Desk) -> None:
    (desk.folder / "wirewatch.yaml").unlink()
    desk.ask()
    assert desk.standing == (Result.REFUSED, 1)
    desk.ask()
    assert desk.standing == (Result.REFUSED, 1)


def test_at_most_twenty_problems_are_logged_and_kept(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.write("watch/broken.yaml", "rules:\n" + "".join(f"- {{id: r{n}, match: $turky}}\n" for n in range(40)))
    desk.wait(5)
    found = standing(desk.pipeline.store)
    assert found is not None
    assert (len(found.problems), found.count > MOST_PROBLEMS) == (MOST_PROBLEMS, True)
    assert caplog.text.count("broken.yaml:") == MOST_PROBLEMS
    assert f"and {found.count - MOST_PROBLEMS} more" in caplog.text


def test_a_start_without_some_rules_is_told_like_a_reload_that_failed(tmp_path: Path) -> None:
    folder = write_desk(tmp_path / "desk", FEEDS)
    (folder / "watch/broken.yaml").write_text(BROKEN)
    for _ in range(2):
        with watched(folder, lenient=True) as desk:
            desk.wait(5)
            assert desk.told == ["[high] Blind spot: rules left out"]
            assert desk.standing == (Result.PARTLY, 2)
    (folder / "watch/broken.yaml").unlink()
    with watched(folder, lenient=True) as desk:
        assert desk.told[1:] == ["OVER [high] Blind spot: rules left out"]


def test_the_digest_is_of_names_and_contents_and_not_of_the_place(tmp_path: Path) -> None:
    one, two = (write_desk(tmp_path / name, FEEDS) for name in ("one", "two"))
    places = [composition.Places(desk=folder, config=None, store=None) for folder in (one, two)]
    assert len({digest_of(where.desk, where.files) for where in places}) == 1
    (two / "watch/rules.yaml").rename(two / "watch/other.yaml")
    assert len({digest_of(where.desk, where.files) for where in places}) == 2


def test_a_change_that_keeps_size_and_time_has_another_stamp(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("patrol")
    before, times = stamp_of([file]), file.stat()
    file.write_text("parade")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert stamp_of([file]) != before


def test_what_was_asked_for_is_looked_at_again_for_what_was_written_at_that_very_moment() -> None:
    settling = Settling()
    settling.look({"f": (1,)}, 0)
    settling.taken(again=True)
    assert [settling.look({"f": (1,)}, at) for at in (1, 3)] == [Readiness.WAIT, Readiness.QUIET]


def test_a_desk_that_may_not_be_read_any_more_is_a_problem_and_no_bug(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(_today: date) -> Renewal:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "desk"))

    with watched(write_desk(tmp_path / "desk", FEEDS), change=lambda source: replace(source, renew=refused)) as desk:
        desk.ask()
        assert f"problem {tmp_path}/desk: it cannot be read: Permission denied" in caplog.text
        assert "bug" not in caplog.text


def test_settling_begins_anew_with_each_change() -> None:
    settling = Settling()
    seen = [settling.look({"f": (version,)}, at) for at, version in enumerate((1, 1, 1, 2, 3, 3, 3))]
    wait, quiet = Readiness.WAIT, Readiness.QUIET
    assert seen == [wait, wait, quiet, wait, wait, wait, quiet]
    settling.taken(again=False)
    assert settling.look({"f": (3,)}, 60) is Readiness.NONE


def test_what_the_store_keeps_is_read_by_another_process(desk: Desk) -> None:
    desk.write("watch/broken.yaml", BROKEN)
    desk.wait(5)
    store = Store.read(desk.folder / "s.db")
    assert standing(store) == standing(desk.pipeline.store)
    assert json.loads(store.facts.get("ruleset"))["result"] == "refused"
    store.close()


def test_files_that_change_while_they_are_read_are_read_again(tmp_path: Path) -> None:
    folder, later = write_desk(tmp_path / "desk", FEEDS), [f"rules:{GAS_RULE}".replace("gas-deal", "gas-pact")]

    def written_to(source: Source) -> Source:
        def renew(today: date) -> Renewal:
            renewal = source.renew(today)
            (folder / "watch/gas.yaml").write_text(later.pop())
            return renewal

        return replace(source, renew=lambda today: renew(today) if later else source.renew(today))

    with watched(folder, change=written_to) as desk:
        with_gas(folder)
        desk.wait(QUIET_SECONDS + 1)
        assert (desk.rules, later) == (["joint-patrol"], [])
        desk.wait(5)
        assert desk.rules == ["gas-pact", "joint-patrol"]


def test_a_bug_in_loading_keeps_the_watch_going(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_today: date) -> Renewal:
        raise ZeroDivisionError

    with watched(write_desk(tmp_path / "desk", FEEDS), change=lambda source: replace(source, renew=fails)) as desk:
        desk.ask()
        assert desk.standing == (Result.REFUSED, 1)
        assert "bug error=ZeroDivisionError" in caplog.text
        assert desk.alerts(PATROL) == 1


def test_a_bug_in_the_swap_commits_nothing(tmp_path: Path) -> None:
    def fails(_store: Store, _now: datetime) -> Parts:
        raise ZeroDivisionError

    def failing(source: Source) -> Source:
        return replace(source, renew=lambda today: replace(source.renew(today), parts=fails))

    with watched(write_desk(tmp_path / "desk", FEEDS), change=failing) as desk:
        desk.ask()
        assert desk.standing == (Result.REFUSED, 1)
        assert desk.installed == []
        assert desk.alerts(PATROL) == 1


def test_what_was_written_while_the_daemon_started_is_taken_up(tmp_path: Path) -> None:
    folder = write_desk(tmp_path / "desk", FEEDS)
    app = staged(folder, folder / "s.db")
    with_gas(folder)
    means = composition.means(app)
    assert means.source is not None
    pipeline = means.open_pipeline(NOW)
    desk = Desk(folder, pipeline, means, means.source)
    assert desk.rules == ["joint-patrol"]
    desk.wait(5)
    assert desk.rules == ["gas-deal", "joint-patrol"]
    pipeline.store.close()
    means.close()
