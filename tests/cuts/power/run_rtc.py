"""Resets within the copies to RTC memory: `micropython run_rtc.py LIB SEED COUNT`.

Ends after COUNT cases, or with exit code 1 at a broken promise, printed with the seed.
"""

import random
import sys

_DEEDS = 30


def reset(seed, count):
    """Reset random stages, starting at `seed`; return the exit code."""
    from rtc import StageLife
    from truth import PromiseError

    random.seed(seed)
    done = 0
    while done < count:
        life = StageLife()
        try:
            life.live(_DEEDS)
        except (PromiseError, ValueError, LookupError) as error:
            sys.print_exception(error)
            print("FAILED: RTC memory, seed %d, action, cut: %r" % (seed, life.case))
            return 1
        done += life.count
    print("%d cases of resets within a copy to RTC memory, seed %d" % (done, seed))
    return 0


if __name__ == "__main__":
    tests = __file__.rsplit("/", 3)[0]
    sys.path[:0] = [tests + "/cuts/power", tests + "/support/chip", sys.argv[1]]
    sys.exit(reset(int(sys.argv[2]), int(sys.argv[3])))
