"""A running daemon takes up what its files say now: when they changed, and when somebody asks (SIGHUP).

Knows when a change of files has settled, and how the outcome is told; knows nothing of what is in them. All of it is
taken or nothing is: with any problem in any file, what was loaded before stays in force, whole, and the log, `status`
and the operator's receiver say so. (A start is lenient: it goes without the rules that have problems, for there is
nothing older to keep.)
"""

import contextlib
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from monitor import systemd
from monitor.core.render import plain
from monitor.errors import ConfigError, Problem, StoreError
from monitor.log import LOGGER, line
from monitor.pipeline import Pipeline
from monitor.polls import bug
from monitor.store import Store
from monitor.work import Means, Renewal, Source, Stamp, name_orphans

# Editors write in several steps and a checkout file by file; who writes without a pause is not waited for.
QUIET_SECONDS = 2.0
LONGEST_SECONDS = 30.0
# In the log and in the store; a slip in the lexicon can be a problem of every rule.
MOST_PROBLEMS = 20
_TOLD, _TOLD_LENGTH = 3, 200
_FACT = "ruleset"

log = logging.getLogger(LOGGER)


class Result(StrEnum):
    """How the files were taken the last time."""

    LOADED = "loaded"
    PARTLY = "started without some rules"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is in force, and how the last attempt to load went; kept in the store for `status`. Times are ISO texts.

    `problems` are at most MOST_PROBLEMS of `count`; `since` is when files were first not in force, "" where all are.
    `about` is the same for problems that only moved to other lines.
    """

    digest: str
    loaded_at: str
    rules: int
    feeds: int
    tried_at: str
    result: Result
    problems: tuple[str, ...] = ()
    count: int = 0
    since: str = ""
    about: str = ""


def standing(store: Store) -> Standing | None:
    """What the last daemon on a store has in force; None where there was none yet."""
    kept = store.facts.get(_FACT)
    if not kept:
        return None
    read: dict[str, Any] = json.loads(kept)
    return Standing(**{**read, "result": Result(read["result"]), "problems": tuple(read["problems"])})


def stamp(files: Iterable[Path]) -> Stamp:
    """What changes when a file is written, touched, replaced or reached through another link."""
    return {str(file): _stamp(file) for file in files}


def digest(folder: Path, files: Iterable[Path]) -> str:
    """The first 12 hex digits of the SHA-256 of files, with their names as seen from a folder."""
    whole = hashlib.sha256()
    for file in sorted(files):
        name = file.relative_to(folder) if file.is_relative_to(folder) else Path(file.name)
        try:
            content = file.read_bytes() if file.is_file() else b""
        except OSError:
            continue
        whole.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        whole.update(content)
    return whole.hexdigest()[:12]


class Readiness(StrEnum):
    """Whether a change is to be taken up."""

    NONE = "nothing changed"
    WAIT = "it changed a moment ago"
    QUIET = "it changed, and then nothing did"
    OVERDUE = "it keeps changing"


class Settling:
    """When a change of files is to be taken up. Times are seconds of a clock that is never set."""

    def __init__(self) -> None:
        self._seen: Stamp = {}
        self._changed = 0.0
        self._since: float | None = None
        # Two writes within one tick of the file system's clock leave the same stamp.
        self._again = True

    def look(self, now: Stamp, at: float) -> Readiness:
        """How it stands, given what the files look like."""
        if now != self._seen or self._again:
            self._seen, self._changed, self._again = now, at, False
            self._since = at if self._since is None else self._since
        if self._since is None:
            return Readiness.NONE
        if at - self._changed >= QUIET_SECONDS:
            return Readiness.QUIET
        return Readiness.OVERDUE if at - self._since >= LONGEST_SECONDS else Readiness.WAIT

    def taken(self, *, again: bool) -> None:
        """What was seen last is taken up; look `again` where it may have been written at that very moment."""
        self._since, self._again = None, again


class Reload:
    """Looks at the files, builds what they say, and swaps it in; `look` is for one thread at a time, `ask` for any.

    `write` runs a verb in the writer thread and waits for it; `install` is called there, when the swap is committed.
    """

    def __init__(
        self,
        source: Source,
        *,
        write: Callable[[Callable[[Pipeline], None]], None],
        install: Callable[[Means], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._source = source
        self._write = write
        self._install = install
        self._clock = clock
        self._asked = False
        # The digest of what was written while it was loaded is of something else.
        self._tried = source.digest if source.stamp_now() == source.stamp else ""
        self._settling = Settling()

    def begin(self, pipeline: Pipeline, now: datetime) -> None:
        """Say what a start has in force; in the writer thread."""
        left_out, before = self._source.left_out, standing(pipeline.store)
        with pipeline.store.transaction():
            loaded = _loaded(self._source, len(pipeline.parts.feeds), now)
            if not left_out:
                _keep(pipeline.store, loaded)
                pipeline.parts.aftermath.tell_ruleset_in_force(now)
                return
            since = (before.since if before else "") or loaded.loaded_at
            partly = _with_problems(loaded, Result.PARTLY, left_out, since)
            _keep(pipeline.store, partly)
            if before is None or before.about != partly.about:
                detail = f"{_problems(partly.count)} in the desk; it is watched without the rules that have them"
                pipeline.parts.aftermath.tell_ruleset("rules left out", f"{detail}: {_first(left_out)}", now)

    def ask(self) -> None:
        """Have the next look load the files, changed or not."""
        self._asked = True

    def look(self, at: float) -> None:
        """Take up what changed, or was asked for; raises StoreError. `at` is by a clock that is never set, in s."""
        now = self._source.stamp_now()
        readiness, asked = self._settling.look(now, at), self._asked
        if asked:
            # Before the files are read: who asks meanwhile may have written meanwhile.
            self._asked = False
            self._attempt(now, by="signal", hurried=False)
        elif readiness in {Readiness.QUIET, Readiness.OVERDUE}:
            if self._source.digest_now() == self._tried:
                # It was only touched, or is what it was.
                self._settling.taken(again=False)
            else:
                self._attempt(now, by="files", hurried=readiness is Readiness.OVERDUE)

    def _attempt(self, before: Stamp, *, by: str, hurried: bool) -> None:
        start = time.monotonic()
        # systemd.service(5), Type=notify-reload, wants the clock's time; 252 ignores it.
        systemd.notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
        status = "watching"
        try:
            digest_, built = self._source.digest_now(), self._built()
            if self._source.stamp_now() != before and not hurried:
                # Half of it may be of before. It has not settled then, and is read again when it has.
                log.info(line("reload", result="put off", by=by, error="the files changed while they were read"))
                return
            self._tried = digest_
            self._settling.taken(again=hurried or by == "signal")
            status = self._concluded(built, by, start)
        finally:
            systemd.notify("READY=1", f"STATUS={status}")

    def _built(self) -> Renewal | Sequence[Problem]:
        try:
            return self._source.renew(self._clock().date())
        except ConfigError as error:
            return error.problems
        except OSError as error:
            message = f"it cannot be read: {error.strerror}"
            return [Problem(file=str(error.filename or "desk"), message=message)]
        except Exception as error:  # noqa: BLE001 - the watch goes on by what was loaded before
            return _of_bug(error)

    def _concluded(self, built: Renewal | Sequence[Problem], by: str, start: float) -> str:
        """Swap it in, or say why not; a line for systemctl status."""
        if isinstance(built, Renewal):
            try:
                self._write(partial(self._take, renewal=built))
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - nothing was committed, and nothing swapped
                built = _of_bug(error)
            else:
                log.info(line(
                    "reload", result="loaded", by=by, ruleset=built.source.digest, rules=built.source.rules,
                    feeds=len(built.means.feeds), ms=int((time.monotonic() - start) * 1000),
                ))  # fmt: skip
                _warn(built)
                return f"watching by ruleset {built.source.digest}"
        log.error(line("reload", result="refused", by=by, problems=len(built), kept=self._source.digest))
        _log_problems(logging.ERROR, built)
        self._write(partial(self._refuse, problems=built))
        return f"watching by ruleset {self._source.digest}; {_problems(len(built))} in changed files"

    def _take(self, pipeline: Pipeline, renewal: Renewal) -> None:
        now = self._clock()
        with pipeline.store.transaction():
            parts = renewal.parts(pipeline.store, now)
            _keep(pipeline.store, _loaded(renewal.source, len(renewal.means.feeds), now))
            parts.aftermath.tell_ruleset_in_force(now)
        pipeline.take(parts, now)
        self._source = renewal.source
        self._install(renewal.means)
        name_orphans(pipeline, renewal.means.notifiers)

    def _refuse(self, pipeline: Pipeline, problems: Sequence[Problem]) -> None:
        now = self._clock()
        with pipeline.store.transaction():
            before = standing(pipeline.store) or _loaded(self._source, len(pipeline.parts.feeds), now)
            since = before.since or now.isoformat()
            refused = _with_problems(replace(before, tried_at=now.isoformat()), Result.REFUSED, problems, since)
            _keep(pipeline.store, refused)
            if refused.about != before.about:
                kept = f"ruleset {refused.digest} of {_minute(refused.loaded_at)} stays in force"
                detail = f"{_problems(refused.count)} in changed files; {kept}: {_first(problems)}"
                pipeline.parts.aftermath.tell_ruleset("rules not reloaded", detail, now)


def _stamp(file: Path) -> tuple[int, ...] | None:
    with contextlib.suppress(OSError):
        found = file.stat()
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)
    return None


def _loaded(source: Source, feeds: int, now: datetime) -> Standing:
    at = now.isoformat()
    return Standing(
        digest=source.digest, loaded_at=at, rules=source.rules, feeds=feeds, tried_at=at, result=Result.LOADED
    )


def _with_problems(one: Standing, result: Result, problems: Sequence[Problem], since: str) -> Standing:
    about = sorted({(problem.file, problem.message) for problem in problems})
    return replace(
        one,
        result=result,
        problems=tuple(plain(str(problem)) for problem in problems[:MOST_PROBLEMS]),
        count=len(problems),
        since=since,
        about=hashlib.sha256(json.dumps([result, about]).encode()).hexdigest()[:12],
    )


def _keep(store: Store, one: Standing) -> None:
    store.facts.put(_FACT, json.dumps(asdict(one)))


def _of_bug(error: Exception) -> Sequence[Problem]:
    log.error(bug(error))
    message = f"wirewatch failed on these files ({type(error).__name__}); please report the log lines"
    return [Problem(file="desk", message=message)]


def _warn(renewal: Renewal) -> None:
    for name in renewal.restart:
        log.warning(line("reload", setting=name, error="restart to use it"))
    _log_problems(logging.WARNING, renewal.warnings)


def _log_problems(level: int, problems: Sequence[Problem]) -> None:
    for problem in problems[:MOST_PROBLEMS]:
        log.log(level, "problem %s", problem)
    if len(problems) > MOST_PROBLEMS:
        log.log(level, "problem: and %d more; run wirewatch check", len(problems) - MOST_PROBLEMS)


def _problems(count: int) -> str:
    return f"{count} {'problem' if count == 1 else 'problems'}"


def _first(problems: Sequence[Problem]) -> str:
    """The first of them for a message; the rest is in the log."""
    shown = "; ".join(plain(str(problem))[:_TOLD_LENGTH] for problem in problems[:_TOLD])
    return f"{shown}; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else shown


def _minute(stored: str) -> str:
    return f"{stored[:16].replace('T', ' ')} UTC"
