"""When a node sends: at its own slot of each upload period, so that nodes do not send together.

docs/design/turn.md, "The grid and the slot".
"""

from binascii import crc32

from micropython import const

from wherry.time.clock import next_due

# A slot is within this time after a sample.
_SPREAD_MS = const(60_000)


def upload_due(clock, name: str, sample_every_ms: int, send_every_ms: int, begin: int) -> int:
    """Return when the node `name` sends after `begin`, both in ticks.

    The name chooses one of the samples in an upload period, and a part of the minute after it. The
    upload period should be a multiple of the sampling period. A slot before the next sample is
    left out. `clock` is a Clock, or another object with its `state`. Without the time, uploads are
    a period apart.
    """
    chance = crc32(name.encode())
    sample_ms = min(sample_every_ms, send_every_ms)
    slot_ms = ((chance >> 16) * (send_every_ms // sample_ms) >> 16) * sample_ms
    slot_ms += (chance & 0xFFFF) * min(sample_ms, _SPREAD_MS) >> 16
    due = next_due(clock, begin, send_every_ms, begin, slot_ms)
    if due < clock.state.sample_due:
        due = next_due(clock, due, send_every_ms, due, slot_ms)
    return due
