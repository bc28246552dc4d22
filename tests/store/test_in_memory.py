"""A store copied into memory: what runs on it leaves nothing behind."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.core.entry import ParsedEntry
from monitor.errors import StoreError
from monitor.store import Store

NOW = datetime(2024, 8, 23, tzinfo=UTC)
ONE = ParsedEntry(id="1", link="https://a.example/1", title="A patrol")


def test_a_copy_has_all_and_keeps_what_comes_to_itself(tmp_path: Path) -> None:
    kept = Store.open(tmp_path / "kept.db")
    kept.facts.put("before", "copied")
    copies = [kept.in_memory(), kept.in_memory()]
    copies[0].facts.put("after", "own")
    assert [one.facts.get("before") for one in copies] == ["copied", "copied"]
    assert [one.facts.get("after") for one in (kept, *copies)] == ["", "own", ""]
    assert copies[0].id == kept.id
    for one in (kept, *copies):
        one.close()


def test_a_copy_holds_the_laws_of_the_tables_and_outlives_the_file(tmp_path: Path) -> None:
    kept = Store.open(tmp_path / "kept.db")
    copy = kept.in_memory()
    kept.close()
    (tmp_path / "kept.db").unlink()
    with pytest.raises(StoreError, match=r"kept\.db"):
        copy.entries.add("no such feed", "1", "f", ONE, "A", "en", NOW)
    assert copy.entries.count() == 0
    copy.close()
