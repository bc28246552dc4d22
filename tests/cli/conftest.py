"""A store that is filled once for each module, and an empty one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.store import Store
from tests.cli.feedlists import LIST, LOOPBACK, Desk
from tests.cli.running import CONFIG, Placed, filled
from tests.support.desk import write_desk


@pytest.fixture(scope="module", name="full")
def _full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Placed]:
    with filled(tmp_path_factory.mktemp("full")) as one:
        yield one


@pytest.fixture(name="empty")
def _empty(tmp_path: Path) -> Placed:
    store = tmp_path / "empty.db"
    Store.open(store).close()
    return Placed(write_desk(tmp_path / "desk", {"wire": "https://wire.example/rss"}, config=CONFIG), store)


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Desk:
    folder = write_desk(tmp_path / "desk", {"x": "https://x.example/"})
    (folder / "feeds.yaml").write_text(LIST, encoding="utf-8")
    return Desk(folder)


@pytest.fixture(name="bare")
def _bare(tmp_path: Path) -> Desk:
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "wirewatch.yaml").write_text(LOOPBACK, encoding="utf-8")
    (folder / "feeds.yaml").write_text("feeds: []\n", encoding="utf-8")
    return Desk(folder)
