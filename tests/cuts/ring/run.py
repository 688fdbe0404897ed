"""Cuts the power of random rings: `micropython run.py LIB SEED COUNT PAGE_SIZE`.

Ends after COUNT cases, or with exit code 1 at a broken promise. Smaller pages fill sooner.
"""

import gc
import random
import sys
import time

_PROGRAMS = __file__.rsplit("/", 1)[0]
# Adjacent seeds begin alike on MicroPython.
_RANDOM_ALIKE = 50
_DEEDS_UNSEEN = (0, 0, 10, 40, 160)
_DEEDS_CUT = 12


def main(seed, count, page_size):
    """Run rings, starting at `seed`; return the exit code."""
    import flash
    from wherry.ring import pages

    pages.PAGE_SIZE = flash.BLOCK_SIZE = page_size
    from ring_forks import Forks
    from ring_life import NoRoomError, RingLife
    from truth import PromiseError

    begin_ms = time.ticks_ms()
    forks = Forks()
    first = seed
    while forks.count < count:
        random.seed(seed)
        for _ in range(_RANDOM_ALIKE):
            random.getrandbits(30)
        try:
            life = RingLife()
            for _ in range(random.choice(_DEEDS_UNSEEN)):
                life.do()
            for _ in range(_DEEDS_CUT):
                forks.live(life)
        except NoRoomError:
            forks.ended += 1
        except (PromiseError, OSError, ValueError, LookupError, AttributeError) as error:
            sys.print_exception(error)
            print("FAILED: seed %d, action, write, at, size, outcome: %r" % (seed, forks.case))
            return 1
        seed += 1
        gc.collect()
    took_s = time.ticks_diff(time.ticks_ms(), begin_ms) / 1000
    reported = forks.count, forks.writes, forks.again, seed - first, forks.ended, forks.reads_most
    print("%d cases in %d writes, %d cut again, %d lives, %d ended, at most %d reads" % reported)
    print("seeds from %d to %d, %.1f s" % (first, seed - 1, took_s))
    return 0


if __name__ == "__main__":
    tests = _PROGRAMS.rsplit("/", 2)[0]
    sys.path[:0] = [_PROGRAMS, tests + "/cuts/power", tests + "/support/chip", tests, sys.argv[1]]
    sys.exit(main(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
