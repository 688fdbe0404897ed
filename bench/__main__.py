"""Runs the parts of the bench, or the one named, and tells how near each figure is to its goal."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

PARTS = ("size", "demo", "heap", "server", "page", "queue", "real", "drain", "fast")
_RESULT = Path("build/bench.json")


def main(arguments):
    """Measure; earlier figures of parts that are not run now stay in build/bench.json."""
    wanted = arguments or PARTS
    unknown = set(wanted) - set(PARTS)
    if unknown:
        print(f"bench: no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    rows = json.loads(_RESULT.read_text()) if _RESULT.exists() else {}
    status = 0
    for name in wanted:
        module = __import__(f"bench.{name}", fromlist=["measure"])
        try:
            rows |= module.measure()
        except FileNotFoundError as error:
            # A program or data that is not here; the other parts can do without it.
            print(f"bench: {name} is left out: {error}")
            status = 2
    _RESULT.parent.mkdir(exist_ok=True)
    _RESULT.write_text(json.dumps(rows, indent=2, sort_keys=True) + "\n")
    _show(rows)
    return status


def _show(rows):
    table = Table("figure", "value", "unit", "goal")
    for key, row in sorted(rows.items()):
        sign = "≤" if row["better"] == "lower" else "≥"
        goal = "" if row["goal"] is None else f"{sign} {row['goal']:g}"
        table.add_row(key, f"{row['value']:g}", row["unit"], goal)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
