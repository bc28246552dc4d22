"""The laws of the house: which room may import what, and that core is pure. It runs first."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "monitor"

# A room is a folder, or the modules at the top that belong together.
ROOMS = {
    "gathering": "daemon",
    "articles": "pipeline",
    "notices": "pipeline",
    "digests": "pipeline",
    "polls": "pipeline",
    "aftermath": "pipeline",
    "overtime": "pipeline",
    "escalations": "pipeline",
    "trackers": "pipeline",
    "frequencies": "pipeline",
    "counting": "pipeline",
    "shortfalls": "pipeline",
    "tracking": "pipeline",
    "settling": "pipeline",
    "figures": "pipeline",
    "replay": "daemon",
    "reload": "daemon",
    "work": "daemon",
    "checks": "app",
    "receivers": "app",
    "asking": "app",
    "storyrun": "app",
    "storytests": "app",
    "storyguards": "app",
    "__main__": "cli",
    "__init__": "house",
}
LEAVES = {"errors", "log", "house"}
MAY_IMPORT = {
    "house": set(),
    "errors": {"core"},
    "log": set(),
    "secret": set(),
    "systemd": set(),
    "yamlwords": set(),
    "yamltree": {"yamlwords", "errors"},
    "yamlfile": {"yamltree"},
    "schemas": set(),
    "core": {"core"},
    "feeds": {"feeds", "core"} | LEAVES,
    "store": {"store", "core"} | LEAVES,
    "notify": {"notify", "core", "secret"} | LEAVES,
    "ruleset": {"ruleset", "core", "yamlfile", "schemas"} | LEAVES,
    "config": {"config", "core", "yamlfile", "secret", "schemas"} | LEAVES,
    "pipeline": {"pipeline", "feeds", "store", "notify", "core"} | LEAVES,
    "daemon": {"daemon", "pipeline", "feeds", "store", "notify", "core", "systemd"} | LEAVES,
    "app": {"app", "daemon", "pipeline", "feeds", "store", "notify", "core", "ruleset", "config", "secret"} | LEAVES,
    "cli": {"cli", "app", "daemon", "pipeline", "store", "core", "ruleset", "config"} | LEAVES,
}
# Each library is known to one room.
OWNERS = {
    "feedparser": "feeds",
    "requests": "feeds",
    "urllib3": "feeds",
    "trafilatura": "feeds",
    "rapidfuzz": "core",
    "re2": "core",
    "Stemmer": "core",
    "py3langid": "core",
    "sqlite_utils": "store",
    "sqlite3": "store",
    "fcntl": "store",
    "apscheduler": "daemon",
    "slack_sdk": "notify",
    "smtplib": "notify",
    "yaml": "yamltree",
    "click": "cli",
}
IMPURE = {
    "asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "signal", "socket", "sqlite3",
    "subprocess", "sys", "tempfile", "time", "urllib", "http",
}  # fmt: skip

MODULES = sorted(HOUSE.rglob("*.py"))


def room_of(module: str) -> str:
    first = module.split(".", maxsplit=1)[0]
    return ROOMS.get(first, first)


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, `monitor` names as `monitor.x`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the room"
            if node.module == "monitor":
                yield from (f"monitor.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(HOUSE).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_arrows_point_one_way(path: Path) -> None:
    room = room_of(name_of(path))
    for imported in imports(path):
        if imported.startswith("monitor."):
            target = room_of(imported.removeprefix("monitor."))
            target = "house" if target == "__version__" else target
            assert target in MAY_IMPORT[room], f"{room} must not import {target}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_library_has_one_owner(path: Path) -> None:
    room = room_of(name_of(path))
    for imported in imports(path):
        owner = OWNERS.get(imported.split(".")[0], room)
        assert owner == room, f"{imported} belongs to {owner}"


@pytest.mark.parametrize("path", sorted((HOUSE / "core").rglob("*.py")), ids=name_of)
def test_core_touches_no_clock_no_file_no_network_no_log_and_no_chance(path: Path) -> None:
    # Taking an address apart asks nobody.
    imported = set(imports(path)) - {"urllib.parse"}
    assert not {name.split(".")[0] for name in imported} & IMPURE


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_there_is_one_clock(path: Path) -> None:
    calls = [
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    asked = {"now", "utcnow", "today"} & set(calls)
    assert not asked or name_of(path) == "daemon"


def test_every_module_says_what_it_knows() -> None:
    silent = [name_of(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_every_room_is_known_to_the_laws() -> None:
    assert {room_of(name_of(path)) for path in MODULES} == set(MAY_IMPORT)
