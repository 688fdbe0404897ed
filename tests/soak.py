"""Runs the randomised tests with new seeds: `python tests/soak.py --minutes 5 [--seed S]`.

A round of one seed runs every kind (soak_kinds.py) once, two at a time if possible; rounds
continue until the time is up. A failure prints the seed that replays its round, and the
exit code is 1.
"""

import argparse
import importlib.util
import io
import random
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import redirect_stdout

from soak_kinds import ALONE, KINDS, ROUND_STEP, SIDES


class SoakError(Exception):
    """The failure of a kind, with its traceback; it can be passed between processes."""


def run_kinds(kinds, seed, end_s):
    """Run kinds with a seed, one after the other, until the time is up; return their counts.

    Raises SoakError with the name of the kind that failed and the traceback.
    """
    counts = {}
    for kind in kinds:
        if time.monotonic() < end_s:
            try:
                with redirect_stdout(io.StringIO()):
                    counts[kind.__name__] = kind(seed)
            except Exception as error:
                trace = traceback.format_exc()
                raise SoakError(f"{kind.__name__}: {error!r:.2000}", trace) from None
    return counts


def run_round(seed, end_s):
    """Run every kind with a seed until the time is up; return their counts."""
    # Each side runs in a separate process, because threads share one random number generator.
    with ProcessPoolExecutor(len(SIDES)) as pool:
        sides = [pool.submit(run_kinds, kinds, seed, end_s) for kinds in SIDES]
    counts = {}
    try:
        for side in sides:
            counts.update(side.result())
    except BrokenProcessPool as error:
        raise SoakError(f"one of SIDES: {error!r}", traceback.format_exc()) from None
    counts.update(run_kinds(ALONE, seed, end_s))
    return counts


def add_up(totals, counts):
    """Add a round's counts to the totals."""
    for name, done in counts.items():
        total = totals[name]
        covered = max(total["covered"], done.pop("covered", 0))
        total.update(rounds=1, **done)
        if covered:
            total["covered"] = covered


def soak(minutes, seed):
    """Run rounds for `minutes`, beginning with `seed`; return the exit code."""
    begin_s = time.monotonic()
    end_s = begin_s + 60 * minutes
    totals = {kind.__name__: Counter() for kind in KINDS}
    first = seed
    code = 0
    while time.monotonic() < end_s:
        try:
            add_up(totals, run_round(seed, end_s))
        except SoakError as error:
            reported, trace = error.args
            print(f"FAILED in {reported}: make soak MINUTES={minutes:g} SEED={seed} replays it")
            print(trace, flush=True)
            code = 1
            break
        seed += ROUND_STEP
    for name, counts in totals.items():
        reported = ", ".join(f"{count} {what}" for what, count in counts.items())
        print(f"{name}: {reported or 'not reached'}")
    cases = sum(counts["cases"] for counts in totals.values())
    took_s = time.monotonic() - begin_s
    print(f"{cases} cases in {took_s / 60:.1f} minutes, {cases / took_s:.0f} a second")
    print(f"seeds from {first} to {seed}, every {ROUND_STEP}th")
    return code


def main():
    """Read the arguments and soak."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, help="of the first round; random if left out")
    given = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("soak: atheris is missing: `make soak` installs it", file=sys.stderr)
        return 2
    seed = random.SystemRandom().randrange(1 << 29) if given.seed is None else given.seed
    print(f"soak for {given.minutes:g} minutes from seed {seed}", flush=True)
    return soak(given.minutes, seed)


if __name__ == "__main__":
    sys.exit(main())
