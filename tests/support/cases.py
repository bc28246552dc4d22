"""Files of labelled cases, read whole."""

from collections.abc import Iterable

from monitor.errors import Problem
from monitor.ruleset.evaluating import Case, cases_of


def read_cases(lines: Iterable[str], name: str) -> tuple[list[Case], list[Problem]]:
    """All cases of a file, and a problem for each line that is none."""
    found = list(cases_of(lines, name))
    return [one for one in found if isinstance(one, Case)], [one for one in found if isinstance(one, Problem)]
