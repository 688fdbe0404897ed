"""A clock at a known time."""

from support.queue.folders import fresh
from wherry.stage.state import new_state
from wherry.time.clock import Clock
from wherry.time.setting import load_anchors

TRUE = 848_000_000_000


def new_clock(path=None, rtc_ms=1300):
    state = new_state()
    path = path or fresh() + "/anchors"
    clock = Clock(state, path, load_anchors(path))
    clock.begin(4, rtc_ms)
    return clock
