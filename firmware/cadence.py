"""The cadence of a node on battery: each upload decides on it, by the voltage right after it.

Loaded only where the configuration has a cadence.
"""

import struct

from battery import Battery
from micropython import const
from wherry.power.cadence import level_at
from wherry.stage.memory import CADENCE_AT, UPLINK_COUNT_MAX, UPLINK_SIZE

_SAMPLE_COUNT = const(7)
# A pin that floats: samples differ by more.
_SPREAD_MV_MAX = const(200)
# The unit of the time that wakes which only keep a row have between two rows.
_UNIT_MS = const(100)
# Of sending/schedule.py.
_UPLINK_FORM = "<IB"


def watch(link, stage, settings):
    """Have the link decide on the level once it is closed, with the radio off."""
    levels, divider = settings["power"]["cadence"], settings["board"]["battery"]
    node = settings["node"]
    every = node["sample_every_ms"], node["send_every_ms"]
    close = link.close

    def close_and_decide():
        nonlocal every
        close()
        mv = _voltage(divider)
        if mv:
            every = _decided(stage, levels, every, mv)

    link.close = close_and_decide


def _voltage(divider):
    """Return the median of some samples in mV, 0 where they say nothing of a cell."""
    try:
        samples = sorted([Battery(divider).read_mv() for _ in range(_SAMPLE_COUNT)])
    except OSError:
        return 0
    is_steady = samples[-2] - samples[1] <= _SPREAD_MV_MAX
    return samples[_SAMPLE_COUNT // 2] if is_steady else 0


def _decided(stage, levels, every, mv):
    """Note the level of a voltage; return its times. `every` has the times until now."""
    state = stage.state
    record = memoryview(state.busy)[CADENCE_AT:]
    number = level_at(levels, max(0, record[0] - 1), mv)
    _, _, sample_ms, send_ms, name = levels[number]
    if record[0] == number + 1:
        return every
    record[0] = number + 1
    record[1:4] = (sample_ms // _UNIT_MS).to_bytes(3, "big")
    state.sample_due += sample_ms - every[0]
    _move_uploads(state, send_ms - every[1])
    stage.save()
    seconds = sample_ms // 1000, send_ms // 1000
    print("battery %d mV: %s, a row each %d s, an upload each %d s" % ((mv, name) + seconds))
    return sample_ms, send_ms


def _move_uploads(state, ms):
    """Move the next upload of each uplink, but of one that is tried again after a failure."""
    if not state.failures:
        state.send_due += ms
    uplinks = bytearray(state.uplinks)
    for at in range(0, UPLINK_COUNT_MAX * UPLINK_SIZE, UPLINK_SIZE):
        due_s, failures = struct.unpack_from(_UPLINK_FORM, uplinks, at)
        if due_s and not failures:
            struct.pack_into("<I", uplinks, at, max(1, due_s + ms // 1000))
    state.uplinks = bytes(uplinks)
