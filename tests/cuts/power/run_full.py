"""Cuts the power of full queues: `micropython run_full.py LIB SEED COUNT`.

Ends after COUNT cases, or with exit code 1 at a broken promise, printed with its life's seed.
"""

import gc
import random
import sys

_BLOCK_COUNT = 48
# Adjacent seeds begin alike on MicroPython.
_RANDOM_ALIKE = 50


def cut_full(seed, count):
    """Cut the power of lives, starting at `seed`; return the exit code."""
    from flash import Flash
    from full import FullCuts
    from truth import PromiseError

    flash = Flash(_BLOCK_COUNT)
    cuts = FullCuts([Flash(_BLOCK_COUNT) for _ in range(3)])
    first = seed
    while cuts.count < count:
        random.seed(seed)
        for _ in range(_RANDOM_ALIKE):
            random.getrandbits(30)
        flash.format()
        try:
            cuts.live(flash)
        except (PromiseError, OSError, ValueError, LookupError) as error:
            sys.print_exception(error)
            print("FAILED: seed %d, action, write, at, size, outcome: %r" % (seed, cuts.case))
            return 1
        seed += 1
        gc.collect()
    reported = cuts.count, cuts.again, cuts.thinned, first, seed - 1
    print("%d cases, %d cut again, %d segments thinned, seeds from %d to %d" % reported)
    return 0


if __name__ == "__main__":
    tests = __file__.rsplit("/", 3)[0]
    sys.path[:0] = [tests + "/cuts/power", tests + "/support/chip", tests, sys.argv[1]]
    sys.exit(cut_full(int(sys.argv[2]), int(sys.argv[3])))
