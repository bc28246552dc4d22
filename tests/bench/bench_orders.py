"""Does the order of arrival change what rings? Two chronologies, each in many orders.

    python -m tests.bench.bench_orders [ORDERS]

Every report is read up to 72 h later than it was published, each order by other delays; the alerts of a status rule
must be the same as in the order of the dates, by severity and label. Prints how many orders differ, and by what.
"""

import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from monitor import app as composition
from monitor.app import Places
from tests.support import chronology
from tests.support.chronology import Recalling

DATA = Path(__file__).parents[1] / "data" / "chronology"
RULE = "ypg-status"
LATE = timedelta(hours=72)


def main(orders: int) -> None:
    """Run each chronology in its own order, and then in others."""
    app = composition.load(Places(desk=Path("rules"), config=None, store=None))
    recalling = Recalling(app.matcher, RULE)
    for name in ("ypg.yaml", "ypg-2.yaml", "ypg-3.yaml"):
        reports = chronology.read(DATA / name)
        usual = Counter((one.severity, one.label) for one in chronology.run(app, reports, RULE, matcher=recalling))
        differing, begin = 0, time.monotonic()
        for seed in range(orders):
            rung = chronology.run(app, chronology.shuffled(reports, seed, LATE), RULE, matcher=recalling)
            found = Counter((one.severity, one.label) for one in rung)
            if found != usual:
                differing += 1
                print(f"  order {seed}: missing {dict(usual - found)}, more {dict(found - usual)}")
        seconds = time.monotonic() - begin
        print(
            f"{name}: {len(reports)} reports, {usual.total()} alerts; {differing} of {orders} orders differ; "
            f"{orders * len(reports) / seconds:,.0f} reports/s"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
