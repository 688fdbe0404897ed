"""A node's grid of samples and slot of uploads, computed from its configuration.

docs/design/turn.md describes both.
"""

from zlib import crc32

# 2000-01-01 in Unix time.
_EPOCH_US = 946_684_800_000_000
# A sample comes after a start and the measurement of other sensors, and may wait for a call during
# an upload. An upload comes after a sample.
_LATE_US, _LATE_SHARE = 30_000_000, 0.5
# An upload follows one of the node's samples within this time.
_SPREAD_US = 60_000_000


def sample_off_us(typed, time_us, error_us):
    """Return how far a sample of a typed configuration is from its grid, or 0 if near enough.

    `error_us` is the error of the node's clock.
    """
    return _off_us(time_us, 1000 * typed["node"]["sample_every_ms"], 0, typed, error_us)


def upload_off_us(typed, time_us, error_us):
    """Return how far an upload is from the node's slot, or 0 if near enough."""
    node = typed["node"]
    sample_us, send_us = (1000 * node[key] for key in ("sample_every_ms", "send_every_ms"))
    slot_us = _slot_us(node["name"], sample_us, send_us)
    return _off_us(time_us, send_us, slot_us, typed, error_us)


def late_us(typed):
    """Return by how much a sample or an upload may be late."""
    # The longest warm-up is waited for before any sensor is measured.
    warm_up_ms = max(section.get("warm_up_ms", 0) for section in typed["sensor"])
    sample_us = 1000 * typed["node"]["sample_every_ms"]
    return min(_LATE_US, round(_LATE_SHARE * sample_us)) + 1000 * warm_up_ms


def _off_us(time_us, every_us, slot_us, typed, error_us):
    if error_us >= every_us:
        return 0
    early_us = round(error_us)
    found_us = (time_us - _EPOCH_US - slot_us + early_us) % every_us - early_us
    is_near = found_us <= early_us + late_us(typed)
    return 0 if is_near else min(found_us, found_us - every_us, key=abs)


def _slot_us(name, sample_us, send_us):
    """Return a node's slot: one of its samples in an upload period, and a part of a minute."""
    slot = crc32(name.encode())
    sample_us = min(sample_us, send_us)
    number = (slot >> 16) * (send_us // sample_us) >> 16
    return number * sample_us + ((slot & 0xFFFF) * min(sample_us, _SPREAD_US) >> 16)
