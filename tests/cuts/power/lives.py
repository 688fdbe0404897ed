"""Runs lives of nodes, starting at a seed, and cuts their power.

A broken promise is printed with the seed of its life, which replays it.
"""

import gc
import random
import sys
import time

from cuts import Cuts
from flash import Flash
from life import Life, random_truth
from truth import PromiseError

_BLOCK_COUNT = 48
_DEEDS_UNSEEN = (0, 10, 40, 160)
_DEEDS_CUT = 10
_ROWS_CUT = 5
# Adjacent seeds begin alike on MicroPython.
_RANDOM_ALIKE = 50


def live(seed, flash, cuts, count):
    """Run the life of one seed until it is over or there are enough cases."""
    random.seed(seed)
    for _ in range(_RANDOM_ALIKE):
        random.getrandbits(30)
    flash.format()
    life = Life(flash, "/life", random_truth())
    life.start()
    try:
        for _ in range(random.choice(_DEEDS_UNSEEN)):
            life.do()
        actions = [None] * _DEEDS_CUT
        if random.getrandbits(1):
            # Add rows until a new segment is needed, and the oldest one may be dropped for it.
            life.do("fill")
            actions[:_ROWS_CUT] = ["append"] * _ROWS_CUT
        if random.getrandbits(1):
            # RTC memory knows all rows except those being added.
            actions[-2:] = ["save_hint", "extend"]
        for action in actions:
            cuts.live(life, action)
            if cuts.count >= count:
                break
    finally:
        life.stop()


def cut(seed, count):
    """Cut the power of lives, starting at `seed`; return the exit code."""
    begin_ms = time.ticks_ms()
    flash = Flash(_BLOCK_COUNT)
    cuts = Cuts([Flash(_BLOCK_COUNT) for _ in range(3)])
    first = seed
    while cuts.count < count:
        try:
            live(seed, flash, cuts, count)
        except (PromiseError, OSError, ValueError, LookupError) as error:
            sys.print_exception(error)
            print("FAILED: seed %d, action, write, at, size, outcome: %r" % (seed, cuts.case))
            return 1
        seed += 1
        gc.collect()
    took_s = time.ticks_diff(time.ticks_ms(), begin_ms) / 1000
    reported = cuts.count, cuts.writes, cuts.again, seed - first, cuts.reads_most
    print("%d cases in %d writes, %d cut again, %d lives, at most %d reads" % reported)
    print("seeds from %d to %d, %.1f s" % (first, seed - 1, took_s))
    return 0
