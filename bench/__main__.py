"""Runs the parts of the bench, or the one named, and tells how near each figure is to its goal.

A row is {"value", "unit", "must", "goal", "better"}: `must` is the bound that a release keeps,
`goal` the one it is to come to; either may be None or left out. A value of None is a failure.
"""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

PARTS = ("size", "demo", "heap", "server", "page", "queue", "real", "drain", "fast", "chip")
_RESULT = Path("build/bench.json")


def main(arguments):
    """Measure; return 1 where a must is missed, 2 where a part cannot be measured.

    Earlier figures of parts that are not run now stay in build/bench.json.
    """
    wanted = arguments or PARTS
    unknown = set(wanted) - set(PARTS)
    if unknown:
        print(f"bench: no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    rows = json.loads(_RESULT.read_text()) if _RESULT.exists() else {}
    status, measured = 0, {}
    for name in wanted:
        module = __import__(f"bench.{name}", fromlist=["measure"])
        try:
            measured |= module.measure()
        except FileNotFoundError as error:
            # A program or data that is not here; the other parts can do without it.
            print(f"bench: {name} is left out: {error}")
            status = 2
    rows |= measured
    _RESULT.parent.mkdir(exist_ok=True)
    _RESULT.write_text(json.dumps(rows, indent=2, sort_keys=True) + "\n")
    _show(rows)
    missed = sorted(key for key, row in measured.items() if not _holds(row, row.get("must")))
    if missed:
        print(f"bench: missed: {', '.join(missed)}")
    return 1 if missed else status


def _show(rows):
    table = Table("figure", "value", "unit", "must", "goal")
    for key, row in sorted(rows.items()):
        value = "fails" if row["value"] is None else f"{row['value']:g}"
        table.add_row(key, value, row["unit"], _bound(row, "must"), _bound(row, "goal"))
    Console().print(table)


def _bound(row, name):
    bound = row.get(name)
    if bound is None:
        return ""
    sign = "≤" if row["better"] == "lower" else "≥"
    return f"{sign} {bound:g}" + ("" if _holds(row, bound) else " missed")


def _holds(row, bound):
    if bound is None:
        return True
    value = row["value"]
    if value is None:
        return False
    return value <= bound if row["better"] == "lower" else value >= bound


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
