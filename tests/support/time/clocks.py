"""A clock at a known time."""

from support.queue.folders import fresh
from wherry.stage.state import new_state
from wherry.time import anchors
from wherry.time.clock import Clock

TRUE = 848_000_000_000


def new_clock(path=None, rtc_ms=1300):
    state = new_state()
    path = path or fresh() + "/anchors"
    clock = Clock(state, path, anchors.load(path), bytearray(2048))
    clock.begin(4, rtc_ms)
    return clock
