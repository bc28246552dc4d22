"""What a tree of YAML costs, beside the events alone of the parser in C and of the one in Python, in the same run.

    python -m tests.bench.bench_yaml [--full]

On 10,000 rules and on a dense file; the parser in Python gets a tenth of each and its time is taken tenfold, with
--full the whole. Counts processor time.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import yaml
from yaml.cyaml import CParser

from monitor import yamlfile
from monitor.yamlfile import LARGEST_FILE, Problems

RULE = """\
  - id: rule-{number}
    title: "Watch {number}: Türkiye and Россия"
    match: $turkey and $russia and ("joint patrol" or word{number})
    severity: high
    tests:
      - {{text: "Turkey, Russia agree on patrols {number}", expect: match}}
      - {{text: 'Weather in Ankara {number}', expect: no match}}
"""


def rules(share: int) -> str:
    """So many parts of 10,000 rules."""
    return "rules:\n" + "".join(RULE.format(number=number) for number in range(10_000 // share))


def dense(share: int) -> str:
    """As many values as a file of the largest size can hold."""
    return "a: [" + "b," * ((LARGEST_FILE - 10) // 2 // share) + "]\n"


def seconds(work: Callable[[], object]) -> float:
    """Processor time of a call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def drain(loader: Any) -> int:
    """How many events a parser gives."""
    events = 0
    while loader.get_event() is not None:
        events += 1
    return events


def main() -> None:
    """Print a line for each kind of file."""
    share = 1 if "--full" in sys.argv else 10
    print(f"{'file':8}{'MB':>6}{'tree':>8}{'in C':>8}{'in Python':>11}{'Python/tree':>13}   told")
    compare("rules", rules(1), rules(share), share)
    compare("dense", dense(1), dense(share), share)


def compare(name: str, text: str, part: str, share: int) -> None:
    """Print the times for a text, and for so small a share of it in Python."""
    problems = Problems()
    tree = seconds(lambda: yamlfile.parse(text, name, problems))
    in_c = seconds(lambda: drain(CParser(text)))
    in_python = seconds(lambda: drain(yaml.BaseLoader(part))) * share
    size = len(text.encode()) / 1e6
    told = "; ".join(problem.message for problem in problems.found)
    print(f"{name:8}{size:6.1f}{tree:7.2f}s{in_c:7.2f}s{in_python:10.1f}s{in_python / tree:13.1f}   {told}")


if __name__ == "__main__":
    main()
