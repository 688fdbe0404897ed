"""Plants faults in lib/ and firmware/, one at a time, and tells which ones no test finds.

`python tests/mutants [--minutes n | --count n] [--seed s] [--only PATH] [--host]`. Survivors are
printed as a diff; the exit code is 1 if there is one that accepted.txt does not have. With --host
a survivor of lib/ is tried by the tests of tests/host/ as well, which takes up to minutes each.
"""

import argparse
import queue
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import accepted
import covering
from operators import mutants_of
from tree import ROOT, Tree
from trial import Trial

_WORKERS = 2
_MEMORY = Path("/dev/shm")


def sources():
    """Return {path: text} of all that faults are planted in."""
    paths = [*ROOT.glob("lib/wherry/**/*.py"), *ROOT.glob("firmware/*.py")]
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in sorted(paths)}


class Run:
    """Takes mutants from a list until it is empty or the time is over; `counts` adds up."""

    def __init__(self, texts, chosen, end_s, with_host, known):
        self._texts, self._end_s, self._with_host = texts, end_s, with_host
        self._known = known
        self._waiting = queue.SimpleQueue()
        for mutant in chosen:
            self._waiting.put(mutant)
        self._printing = threading.Lock()
        self.counts = Counter()
        self.trouble = None

    def work(self, tree, cover):
        """Try mutants in a tree, one after the other."""
        trial = Trial(tree, cover)
        try:
            while time.monotonic() < self._end_s and not self.trouble:
                mutant = self._waiting.get_nowait()
                found_by = trial.found_by(mutant, self._texts[mutant.path], self._with_host)
                self._note(mutant, found_by)
        except queue.Empty:
            return
        except Exception as error:  # Else it would end with its thread.
            self.trouble = error

    def _note(self, mutant, found_by):
        is_late = found_by and found_by.startswith("no end")
        reason = self._known.get(mutant.key)
        kind = "late" if is_late else "found" if found_by else "accepted" if reason else "survives"
        with self._printing:
            self.counts[kind] += 1
            if kind == "survives":
                print(f"{mutant.path}:{mutant.line} {mutant.function}")
                print(f"-   {mutant.before}\n+   {mutant.after}", flush=True)


def tried(texts, chosen, arguments, known):
    """Try the chosen mutants, two at a time; return how many there are of each fate."""
    end_s = time.monotonic() + (arguments.minutes * 60 if arguments.minutes else 1e9)
    place = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="wherry-mutants-", dir=place) as folder:
        trees = [Tree(Path(folder) / str(i)) for i in range(_WORKERS)]
        # Those of firmware/ are not run by fast tests.
        in_lib = any(mutant.path.startswith("lib/") for mutant in chosen)
        cover = covering.measure(trees[0].folder) if in_lib else covering.Covering({})
        run = Run(texts, chosen, end_s, arguments.host, known)
        threads = [threading.Thread(target=run.work, args=(tree, cover)) for tree in trees]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if run.trouble:
        raise run.trouble
    return run.counts


def main():
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", default="")
    parser.add_argument("--host", action="store_true")
    arguments = parser.parse_args()
    seed = random.randrange(1 << 20) if arguments.seed is None else arguments.seed
    texts = sources()
    every = [mutant for path in texts for mutant in mutants_of(path, texts[path])]
    known = accepted.read(accepted.PATH.read_text("utf-8"))
    accepted.check({mutant.key for mutant in every}, known)
    chosen = [mutant for mutant in every if mutant.path.startswith(arguments.only)]
    random.Random(seed).shuffle(chosen)
    chosen = chosen[: arguments.count]
    begin_s = time.monotonic()
    counts = tried(texts, chosen, arguments, known)
    total, took_s = sum(counts.values()), time.monotonic() - begin_s
    good = counts["found"] + counts["late"]
    print(f"{total} of {len(every)} mutants in {took_s:.0f} s, seed {seed}: {good} found")
    print(f"({counts['late']} by a timeout), {counts['accepted']} accepted, ", end="")
    print(f"{counts['survives']} survive; {100 * good / max(total, 1):.1f} %")
    return 1 if counts["survives"] or not total else 0


if __name__ == "__main__":
    sys.exit(main())
