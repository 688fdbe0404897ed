"""Lives of simulated nodes with faults: `python tests/campaign.py [--lives N] [--seed S]`.

The lives are of the nodes in support/year/faulty.py, with seeds from S on, on all processors. The
table shows in how many lives each moment was reached. The exit code is 1 if a life fails, or if a
moment was never reached: such a campaign is too mild.
"""

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import conftest  # noqa: F401
from support.year.faulty import NODES, SCENES, case_of, check
from support.year.lives import Talking
from support.year.moments import MOMENTS, reached

_YEAR_DAYS = 365
_SHOWN_EVERY = 50


def lived(name, seed, case):
    """Return (days, readings sampled, moments reached) of a life; AssertionError if it fails."""
    life, found = check(name, seed, case, kind=Talking)
    return case.days, found.sampled, reached(life, found)


def lives(count, seed):
    """Yield (name of a node, seed, Case): the scenes first, then each node in turn."""
    yield from ((name, seed, case) for name, case in SCENES[:count])
    names = [*NODES]
    for i in range(count - len(SCENES)):
        name = names[i % len(names)]
        yield name, seed + i, case_of(name, seed + i)


def run(count, seed):
    """Live `count` lives; return their days, their readings, and {moment: number of lives}."""
    days, readings, counts = 0, 0, Counter()
    with ProcessPoolExecutor() as pool:
        waiting = [pool.submit(lived, *each) for each in lives(count, seed)]
        try:
            for number, each in enumerate(waiting, 1):
                own_days, own_readings, moments = each.result()
                days, readings = days + own_days, readings + own_readings
                counts.update(moments)
                if number % _SHOWN_EVERY == 0:
                    print(f"{number} of {count} lives", file=sys.stderr, flush=True)
        finally:
            pool.shutdown(cancel_futures=True)
    return days, readings, counts


def main():
    """Read the arguments and run the campaign; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lives", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begin_s = time.monotonic()
    try:
        days, readings, counts = run(given.lives, given.seed)
    except AssertionError as error:
        print(error)
        return 1
    width = max(map(len, MOMENTS))
    print(f"{'moment':<{width}}  lives")
    for name in MOMENTS:
        print(f"{name:<{width}}  {counts[name]:>5}")
    print(
        f"\n{given.lives} lives from seed {given.seed}: {days / _YEAR_DAYS:.1f} years, "
        f"{readings} readings, no violation, {time.monotonic() - begin_s:.0f} s"
    )
    missing = [name for name in MOMENTS if not counts[name]]
    for name in missing:
        print(f"too mild: {name}: in no life")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
