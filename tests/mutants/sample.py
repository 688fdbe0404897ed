"""The fixed sample: mutants, each with the test that finds it, for a check of two minutes."""

import time
from collections import Counter

import covering
import entries
from run import tried
from tree import trees_in_memory

# A test of the sample takes no longer than this.
_TEST_S_MAX = 2
_NEVER_S = 1e9


class Named:
    """Covers a line with the test that sample.txt names for its mutant, as a Covering does."""

    def __init__(self, found_by):
        self._found_by = found_by

    def runs(self, *_):
        """Return True: its test runs every line of the sample."""
        return True

    def tests(self, mutant):
        """Return [module, name, seconds] of the test."""
        return [(*self._found_by[mutant.key].split("."), _TEST_S_MAX)]


def keep(every, found, cover):
    """Write as the sample what quick tests have found; `found` is that of a Run."""
    # A key can be that of two lines which are alike.
    counts = Counter(mutant.key for mutant in every)
    quick = {
        key: by
        for key, by in found.items()
        if counts[key] == 1 and cover.seconds.get(by, _NEVER_S) <= _TEST_S_MAX
    }
    entries.write(entries.SAMPLE, quick, "by")
    print(f"{len(quick)} of them are the sample")


def check(texts, every):
    """Plant the faults of the sample; return the exit code."""
    found_by = entries.read(entries.SAMPLE.read_text("utf-8"), "by")
    entries.check({mutant.key for mutant in every}, found_by)
    chosen = [mutant for mutant in every if mutant.key in found_by]
    begin_s = time.monotonic()
    with trees_in_memory() as trees:
        _check_tests(trees[0], sorted(set(found_by.values())))
        run = tried(trees, Named(found_by), texts, chosen, {}, float("inf"), False)
    print(f"{len(chosen)} mutants of the sample in {time.monotonic() - begin_s:.0f} s, ", end="")
    print(f"{run.counts['survives']} survive")
    return 1 if run.counts["survives"] or not chosen else 0


def _check_tests(tree, labels):
    """Raise ValueError where a test is no more, SystemExit where one fails without a fault."""
    known = {".".join(test) for test in covering.fast_tests(tree.folder)}
    if gone := [label for label in labels if label not in known]:
        raise ValueError(f"sample.txt names tests that are no more: {', '.join(gone)}")
    covering.check_passing(tree.folder, labels)
