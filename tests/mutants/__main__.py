"""Plants faults in lib/ and firmware/, one at a time, and prints those that no test finds.

`python tests/mutants [--minutes n | --count n] [--seed s] [--only PATH] [--host]`.
Survivors are printed as a diff; the exit code is 1 if there is one. With --host a survivor of lib/
is tried with the slower tests of covering.py as well, which may take minutes per survivor.
"""

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import covering
from operators import mutants_of
from run import tried
from tree import ROOT, trees_in_memory


def every_mutant():
    """Return ({path: text} of all files that faults are planted in, their mutants)."""
    paths = [*ROOT.glob("lib/wherry/**/*.py"), *ROOT.glob("firmware/**/*.py")]
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in sorted(paths)}
    return texts, [mutant for path in texts for mutant in mutants_of(path, texts[path])]


def _chosen(every, arguments, seed):
    chosen = [mutant for mutant in every if mutant.path.startswith(arguments.only)]
    random.Random(seed).shuffle(chosen)
    return chosen[: arguments.count]


def _plant(arguments):
    """Try random mutants; return the exit code."""
    seed = random.randrange(1 << 20) if arguments.seed is None else arguments.seed
    texts, every = every_mutant()
    chosen = _chosen(every, arguments, seed)
    begin_s = time.monotonic()
    end_s = begin_s + arguments.minutes * 60 if arguments.minutes else float("inf")
    with trees_in_memory() as trees:
        # Files of firmware/ are not run by fast tests.
        in_lib = any(mutant.path.startswith("lib/") for mutant in chosen)
        cover = covering.measure(trees[0].folder) if in_lib else covering.Covering({})
        counts = tried(trees, cover, texts, chosen, end_s, arguments.host)
    total, took_s = sum(counts.values()), time.monotonic() - begin_s
    good = counts["found"] + counts["late"]
    print(f"{total} of {len(every)} mutants in {took_s:.0f} s, seed {seed}: {good} found")
    print(f"({counts['late']} by a timeout), {counts['survives']} survive; ", end="")
    print(f"{100 * good / max(total, 1):.1f} % found")
    return 1 if counts["survives"] or not total else 0


def main():
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", default="")
    parser.add_argument("--host", action="store_true")
    return _plant(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
