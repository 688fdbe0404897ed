"""A run: mutants are tried in trees, two at a time, and each result is counted."""

import queue
import threading
import time
from collections import Counter

from trial import Trial


class Run:
    """Tries mutants from a list until it is empty or the time is over.

    `counts` has the number of mutants of each result: late, found, survives.
    """

    def __init__(self, texts, chosen, end_s, with_host):
        self._texts, self._end_s, self._with_host = texts, end_s, with_host
        self._waiting = queue.SimpleQueue()
        for mutant in chosen:
            self._waiting.put(mutant)
        self._noting = threading.Lock()
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
        except Exception as error:  # Otherwise it would end with its thread.
            self.trouble = error

    def _note(self, mutant, found_by):
        is_late = found_by and found_by.startswith("no end")
        kind = "late" if is_late else "found" if found_by else "survives"
        with self._noting:
            self.counts[kind] += 1
            if kind == "survives":
                show(mutant)


def show(mutant):
    """Print a mutant that survives as a diff."""
    print(f"{mutant.path}:{mutant.line} {mutant.function}")
    print(f"-   {mutant.before}\n+   {mutant.after}", flush=True)


def tried(trees, cover, texts, chosen, end_s, with_host):
    """Try the chosen mutants, one in each tree at a time; return the counts of a Run."""
    run = Run(texts, chosen, end_s, with_host)
    threads = [threading.Thread(target=run.work, args=(tree, cover)) for tree in trees]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if run.trouble:
        raise run.trouble
    return run.counts
