"""Run all or the named parts of the bench, and show how close each figure is to its goal.

A row is {"value", "unit", "must", "goal", "better"}: `must` is the bound that a release keeps,
`goal` the target; either may be None or absent. A value of None is a failure.

`--quick` runs the same code with the smallest counts, so that no part breaks unnoticed. Its values
are not figures: bounds do not apply to them, and build/bench.json is not changed.
"""

import argparse
import json
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.missing import MissingError

PARTS = (
    "size", "demo", "heap", "sensors", "server", "page", "queue", "real", "drain", "fast", "chip",
    "power", "hour", "year", "fleet", "wire", "time",
)  # fmt: skip
_RESULT = Path("build/bench.json")
_QUICK_RESULT = Path("build/bench_quick.json")


def _load(name):
    return import_module(f"bench.{name}").measure


def main(arguments, load=_load):
    """Measure; return 1 if a must is missed or a part fails, 2 if a program is missing.

    `load(name)` returns the function that measures a part; its argument selects the quick form.
    """
    asked = _parsed(arguments)
    wanted = asked.parts or PARTS
    unknown = set(wanted) - set(PARTS)
    if unknown:
        print(f"bench: no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    measured, status = _measured(wanted, load, asked.quick)
    _report(measured, asked.quick)
    missed = sorted(key for key, row in measured.items() if _misses(row, asked.quick))
    if missed:
        print(f"bench: {'no value' if asked.quick else 'missed'}: {', '.join(missed)}")
    return 1 if missed else status


def _parsed(arguments):
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("parts", nargs="*", metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="smallest counts, no bounds")
    return parser.parse_args(arguments)


def _measured(names, load, quick):
    """Return ({key: row}, status): 1 if a part raises, else 2 if a part lacks a program."""
    measured, status = {}, 0
    for name in names:
        begin_s = time.monotonic()
        try:
            measured |= load(name)(quick)
        except MissingError as error:
            print(f"bench: {name} is left out: {error}")
            status = status or 2
        except Exception:
            # The other parts may still work, and their figures count.
            print(f"bench: {name} fails:\n{traceback.format_exc()}")
            status = 1
        print(f"bench: {name} took {time.monotonic() - begin_s:.1f} s", flush=True)
    return measured, status


def _report(measured, quick):
    """Write and show the rows; earlier figures of other parts stay in build/bench.json."""
    path, rows = (_QUICK_RESULT, measured) if quick else (_RESULT, _earlier() | measured)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rows, indent=2, sort_keys=True) + "\n")
    _show(rows, () if quick else ("must", "goal"))


def _earlier():
    return json.loads(_RESULT.read_text()) if _RESULT.exists() else {}


def _show(rows, bounds):
    table = Table("figure", "value", "unit", *bounds)
    for key, row in sorted(rows.items()):
        value = "fails" if row["value"] is None else f"{row['value']:g}"
        table.add_row(key, value, row["unit"], *(_bound(row, name) for name in bounds))
    Console().print(table)


def _bound(row, name):
    bound = row.get(name)
    if bound is None:
        return ""
    sign = "≤" if row["better"] == "lower" else "≥"
    return f"{sign} {bound:g}" + ("" if _holds(row, bound) else " missed")


def _misses(row, quick):
    """Return True if a row is a failure; in the quick form, only a value of None is a failure."""
    return row["value"] is None or not (quick or _holds(row, row.get("must")))


def _holds(row, bound):
    value = row["value"]
    if bound is None or value is None:
        return bound is None
    return value <= bound if row["better"] == "lower" else value >= bound


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
