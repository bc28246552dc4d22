"""The budgets of the house style, counted."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
PROGRAM = sorted((ROOT / "monitor").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOCK = re.compile(r"\bMock\(|\bMagicMock\(|\bpatch\(|\bmocker\.|\bsetattr\(")


def functions(paths: list[Path]) -> Iterator[tuple[str, int]]:
    """Each function with its length in lines, docstring aside."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                said = ast.get_docstring(node, clean=False)
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{path.name}:{node.name}", length - (said.count("\n") + 1 if said else 0)


def test_the_median_function_has_at_most_eight_lines() -> None:
    assert median(length for _, length in functions(PROGRAM)) <= 8


def test_no_function_is_longer_than_sixty_lines() -> None:
    assert [name for name, length in functions(PROGRAM + TESTS) if length > 60] == []


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    long = [path.name for path in PROGRAM + TESTS if len(path.read_text(encoding="utf-8").splitlines()) > 400]
    assert long == []


def test_tests_hardly_ever_replace_our_own_code() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in TESTS if path != Path(__file__))
    tests = len(re.findall(r"^\s*(?:async )?def test_", text, re.MULTILINE))
    assert len(MOCK.findall(text)) <= 0.05 * tests
