"""A node's grid of samples and slot of uploads, computed from its configuration.

docs/design/turn.md describes both.
"""

from zlib import crc32

# 2000-01-01 in Unix time.
_EPOCH_US = 946_684_800_000_000
# A sample comes after a start and the measurement of other sensors, and may wait for a call during
# an upload. An upload comes after a sample.
LATE_US = 30_000_000
# An upload follows one of the node's samples within this time.
_SPREAD_US = 60_000_000


def off_us(time_us, every_us, slot_us, late_us, error_us):
    """Return how far a time is from n * every_us + slot_us since 2000, or 0 if near enough.

    It may be later by `late_us`, and different by the error of the node's clock.
    """
    if error_us >= every_us:
        return 0
    early_us = round(error_us)
    found_us = (time_us - _EPOCH_US - slot_us + early_us) % every_us - early_us
    return 0 if found_us <= early_us + late_us else min(found_us, found_us - every_us, key=abs)


def upload_off_us(node, time_us, error_us):
    """Return how far an upload is from a typed node's slot, as `off_us` does."""
    sample_us, send_us = (1000 * node[key] for key in ("sample_every_ms", "send_every_ms"))
    return off_us(time_us, send_us, _slot_us(node["name"], sample_us, send_us), LATE_US, error_us)


def _slot_us(name, sample_us, send_us):
    """Return a node's slot: one of its samples in an upload period, and a part of a minute."""
    slot = crc32(name.encode())
    sample_us = min(sample_us, send_us)
    number = (slot >> 16) * (send_us // sample_us) >> 16
    return number * sample_us + ((slot & 0xFFFF) * min(sample_us, _SPREAD_US) >> 16)
