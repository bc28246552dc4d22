"""A poll cycle of 1,000 feeds: wirewatch beside `reader` (PyPI), on the same files in the same run.

    .venv/bin/python -m tests.bench.bench_poll [--feeds 1000] [--repeat 4] [--layouts hosts,one]

Needs nginx (Debian: apt-get install nginx-light); `reader` is installed into an environment of its own on the first
call. Both store on disk what they read; wirewatch matches its shipped rules as well, which `reader` does not do. Each
phase alternates the two programs; CPU seconds count, with those of child processes, and of reader's two figures (one
worker, eight) the better one.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from tests.bench.poll_feeds import Wire, name_of
from tests.bench.poll_nginx import free_port, installed, serving
from tests.bench.poll_program import Cost, Program, middle, running

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
SEED = 20_261_122
CHANGED = 0.05
WORKERS = 8
MEMORY_CYCLES = 50
# A cycle of the memory run adds entries to the stories of the window; beyond this, something else grows.
MOST_GROWTH = 0.02
TARGETS = {"all 304": 0.5, "5 % changed": 0.35, "no validators, unchanged": 0.1}
LAYOUTS = {"hosts": "a host for each feed", "one": "all feeds on one host"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where things are in this run."""

    folder: Path
    wire: Wire
    layout: str
    feeds: int
    port: int
    repeat: int
    reader: Path
    turns: "count[int]"

    @contextmanager
    def serving(self, *, validators: bool) -> Iterator[None]:
        with serving(self.wire.folder, self.port, self.folder / "nginx", validators=validators):
            yield


@dataclass(slots=True)
class Pair:
    """The two programs, and how often reader was asked."""

    wirewatch: Program
    reader: Program


def main() -> None:
    arguments = _arguments()
    if not installed():
        sys.exit("nginx is missing; on Debian: apt-get install nginx-light")
    with tempfile.TemporaryDirectory(prefix="bench-poll-") as name:
        for number, layout in enumerate(arguments.layouts.split(",")):
            bench = _bench(arguments, Path(name) / layout, layout)
            _compare(bench)
            if number == 0:
                _memory(bench)


def _bench(arguments: argparse.Namespace, folder: Path, layout: str) -> Bench:
    wire = Wire(folder / "wire", arguments.feeds, SEED, datetime.now(UTC).replace(microsecond=0))
    entries, size = wire.entries / arguments.feeds, wire.bytes / arguments.feeds / 1000
    print(f"\n{arguments.feeds} feeds, {LAYOUTS[layout]}, {entries:.1f} entries and {size:.1f} KB each")
    return Bench(folder=folder, wire=wire, layout=layout, feeds=arguments.feeds, port=free_port(),
                 repeat=arguments.repeat, reader=_environment(), turns=count(1))  # fmt: skip


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=4, help="cycles of each phase; reader gets half with one worker")
    parser.add_argument("--layouts", default="hosts,one", help="hosts, one or both, by commas")
    return parser.parse_args()


def _compare(bench: Bench) -> None:
    print(f"{'phase':<26}{'wirewatch CPU':>14}{'wall':>8}{'reader CPU':>12}{'wall':>8}{'ratio':>8}")
    with ExitStack() as stack:
        with bench.serving(validators=True):
            pair = _started(bench, stack)
            _phase(bench, pair, "first fetch", 1, _nothing)
            _phase(bench, pair, "all 304", bench.repeat, _nothing)
            _phase(bench, pair, "5 % changed", bench.repeat, lambda: bench.wire.publish(CHANGED, next(bench.turns)))
        with bench.serving(validators=False):
            # Both still hold validators; the first answer without takes them away.
            pair.wirewatch.cycle()
            pair.reader.cycle(str(WORKERS))
            _phase(bench, pair, "no validators, unchanged", max(2, bench.repeat // 2), _nothing)


def _phase(bench: Bench, pair: Pair, name: str, repeat: int, before: Callable[[], object]) -> None:
    ours, theirs = [], dict[int, list[Cost]]()
    for turn in range(repeat):
        before()
        workers = (1, WORKERS)[turn % 2]
        ours.append(pair.wirewatch.cycle())
        theirs.setdefault(workers, []).append(pair.reader.cycle(str(workers)))
    _check(bench, pair, name)
    one, other = middle(ours), min(map(middle, theirs.values()), key=lambda cost: cost.cpu)
    target = TARGETS.get(name)
    verdict = "" if target is None else f"  {'meets' if one.cpu <= target * other.cpu else 'MISSES'} {target:g}"
    print(f"{name:<26}{one.cpu:>14.2f}{one.wall:>8.1f}{other.cpu:>12.2f}{other.wall:>8.1f}"
          f"{one.cpu / other.cpu:>8.3f}{verdict}", flush=True)  # fmt: skip


def _check(bench: Bench, pair: Pair, name: str) -> None:
    """Figures of a program that lost something are worth nothing."""
    expected = {"entries": bench.wire.entries, "broken": 0}
    for program, found in (("wirewatch", pair.wirewatch.count()), ("reader", pair.reader.count())):
        if found != expected:
            print(f"  {name}: {program} has {found}, not {expected}")


def _memory(bench: Bench) -> None:
    """Fifty cycles in a new process on the store that is there, every other one with 5 % of the feeds changed."""
    print(f"\nmemory of wirewatch over {MEMORY_CYCLES} cycles, {LAYOUTS[bench.layout]}")
    sizes = {}
    with bench.serving(validators=True), running(_wirewatch(bench), ROOT) as program:
        print(f"start on {program.count()['entries']} entries: {program.start.cpu:.1f} s CPU")
        for cycle in range(1, MEMORY_CYCLES + 1):
            if cycle % 2 == 0:
                bench.wire.publish(CHANGED, next(bench.turns))
            program.cycle()
            if cycle == 2 or cycle % 10 == 0:
                sizes[cycle] = program.memory()
                print(f"  cycle {cycle:>2}: {sizes[cycle]:.1f} MB", flush=True)
    growth = sizes[MEMORY_CYCLES] / sizes[10] - 1
    print(f"growth from cycle 10: {growth:+.1%}, {'flat' if growth <= MOST_GROWTH else 'NOT FLAT'} ({MOST_GROWTH:.0%})")


def _started(bench: Bench, stack: ExitStack) -> Pair:
    listed = bench.folder / "addresses.txt"
    listed.write_text("\n".join(_addresses(bench)))
    reader = [str(bench.reader), str(HERE / "poll_reader.py"), str(listed), str(bench.folder / "reader.db")]
    _write_desk(bench)
    return Pair(
        stack.enter_context(running(_wirewatch(bench), ROOT)),
        stack.enter_context(running(reader, bench.folder)),
    )


def _wirewatch(bench: Bench) -> Sequence[str]:
    desk, store = bench.folder / "desk", bench.folder / "wirewatch.db"
    return [sys.executable, "-m", "tests.bench.poll_wirewatch", str(desk), str(store)]


def _addresses(bench: Bench) -> list[str]:
    hosts = [
        f"127.1.{feed // 250}.{feed % 250 + 1}" if bench.layout == "hosts" else "127.0.0.1"
        for feed in range(bench.feeds)
    ]
    return [f"http://{host}:{bench.port}/{name_of(feed)}" for feed, host in enumerate(hosts)]


def _write_desk(bench: Bench) -> None:
    """The shipped desk, with the bench's feeds in place of its own."""
    desk = bench.folder / "desk"
    shutil.copytree(ROOT / "rules", desk)
    lines = [
        f"- {{id: feed-{feed}, url: '{address}', title: Bench {feed}, language: {bench.wire.language(feed)}}}\n"
        for feed, address in enumerate(_addresses(bench))
    ]
    (desk / "feeds.yaml").write_text("feeds:\n" + "".join(lines))
    (desk / "wirewatch.yaml").write_text(
        "receivers:\n  terminal: {type: terminal}\nroutes:\n- receivers: [terminal]\n"
        f"polling: {{allow: [127.0.0.0/8], ports: [{bench.port}], gap: 0s, workers: {WORKERS}}}\n"
    )


def _nothing() -> None:
    pass


def _environment() -> Path:
    """The Python of an environment that has reader, made on the first call."""
    pins = HERE / "requirements.txt"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / f"wirewatch-bench-{hashlib.sha256(pins.read_bytes()).hexdigest()[:12]}"
    python, made = folder / "bin" / "python", folder / "made"
    if not made.exists():
        print(f"setting up {folder} (once)")
        venv.create(folder, clear=True, with_pip=True)
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
        subprocess.run([python, "-m", "pip", "install", *options, "-r", pins], check=True)
        made.touch()
    return python


if __name__ == "__main__":
    main()
