"""Cuts the power of random lives: `micropython run.py KIND LIB SEED COUNT`.

LIB is the folder of wherry/. Ends after COUNT cases, or with exit code 1 at a broken promise, and
prints the seed that replays its life. A fifth argument is the size of a ring's pages: smaller ones
fill sooner.
"""

import gc
import random
import sys

# The module and the class of each kind: `live` runs a life, `count` and `case` are its cuts.
_KINDS = {
    "power": ("lives", "Lives"),
    "thinning": ("full_cuts", "FullCuts"),
    "rtc": ("rtc", "StageLives"),
    "resend": ("resends", "Resends"),
    "ring": ("ring_forks", "Forks"),
}
# Adjacent seeds begin alike on MicroPython.
_RANDOM_ALIKE = 50


def cut(kind, seed, count):
    """Cut the power of lives, starting at `seed`; return the exit code."""
    from truth import PromiseError

    module, name = _KINDS[kind]
    lives = getattr(__import__(module), name)()
    first = seed
    while lives.count < count:
        random.seed(seed)
        for _ in range(_RANDOM_ALIKE):
            random.getrandbits(30)
        try:
            lives.live()
        except (PromiseError, OSError, ValueError, LookupError, AttributeError) as error:
            sys.print_exception(error)
            print("FAILED: %s, seed %d, the cut: %r" % (kind, seed, lives.case))
            return 1
        seed += 1
        gc.collect()
    print("%d cases, %s, seeds from %d to %d" % (lives.count, kind, first, seed - 1))
    return 0


if __name__ == "__main__":
    tests = __file__.rsplit("/", 2)[0]
    sys.path[:0] = [tests + "/cuts/power", tests + "/cuts/ring", tests + "/support/chip", tests]
    sys.path.insert(0, sys.argv[2])
    if sys.argv[5:]:
        import flash
        from wherry.ring import pages

        pages.PAGE_SIZE = flash.BLOCK_SIZE = int(sys.argv[5])
    sys.exit(cut(sys.argv[1], int(sys.argv[3]), int(sys.argv[4])))
