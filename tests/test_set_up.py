"""deploy/run on machines that lack something: one line that says what to do, and nothing half made."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ("bash", "cat", "cut", "dirname", "flock", "sha256sum", "env")
TOO_OLD = "#!/bin/sh\nexit 1\n"
# Says it is new enough, and fails at `import ensurepip, venv`.
NO_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n'
BROKEN_PIP = '#!/bin/sh\ncase "$*" in *"-m venv"*) exit 1;; esac\nexit 0\n'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without .venv, in a folder with a blank in its name."""
    folder = tmp_path / "a checkout"
    (folder / "tests").mkdir(parents=True)
    shutil.copytree(ROOT / "deploy", folder / "deploy")
    for name in ("pyproject.toml", "tests/requirements.txt", "tests/run"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def start(checkout: Path, command: str, python: str) -> "subprocess.CompletedProcess[str]":
    """Run a command on a machine that has these tools and this Python, and nothing else."""
    tools = checkout / "tools"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14") if python else ():
        (tools / name).write_text(python)
        (tools / name).chmod(0o755)
    env = {"PATH": str(tools), "HOME": ""}
    return subprocess.run(
        [str(checkout / command)], capture_output=True, text=True, env=env, check=False, timeout=30, cwd=os.sep
    )


@pytest.mark.parametrize("command", ["deploy/run", "tests/run"])
@pytest.mark.parametrize(
    ("python", "line"),
    [
        ("", "Python 3.11 or newer is needed; on Debian: apt-get install python3 python3-venv"),
        (TOO_OLD, "Python 3.11 or newer is needed; on Debian: apt-get install python3 python3-venv"),
        (NO_VENV, "this Python has no venv module; on Debian: apt-get install python3-venv"),
        (BROKEN_PIP, "the environment could not be set up"),
    ],
    ids=["no python", "too old", "no venv", "venv fails"],
)
def test_what_is_missing_is_said_in_one_line(checkout: Path, command: str, python: str, line: str) -> None:
    done = start(checkout, command, python)
    assert done.returncode == 3
    assert line in done.stderr
    assert done.stdout == ""
    assert not (checkout / ".venv" / ".wirewatch-deploy").exists()
