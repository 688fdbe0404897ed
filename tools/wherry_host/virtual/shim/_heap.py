"""`gc` of the board, which reports a heap that would have doubled on a chip.

There the first area has 56,000 bytes, and holes are a part of it; the next one takes the memory
that TLS and Wi-Fi need. Objects are smaller there: 0.69 of what they take here was measured.
"""

import gc
from gc import *

from _board import call
from usys import modules

_collect = gc.collect
_alloc = gc.mem_alloc
_LIMIT = 50000
_STEP = 1000
_next = _LIMIT

_collect()
_begin = _alloc()


def collect():
    global _next
    _collect()
    kept = (_alloc() - _begin) * 69 // 100
    if kept > _next:
        _next = kept + _STEP
        call(b"H" + kept.to_bytes(4, "little"))


modules["gc"] = modules["_heap"]
