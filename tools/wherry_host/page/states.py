"""A node's state as a server can infer it: one word, the same everywhere on the page.

| word | when |
|---|---|
| silent | nothing came for more than 3 x its usual interval + 10 s; 1 h if that is unknown |
| overdue | nothing came for more than 2 x its usual interval + 10 s |
| sending | its newest reading came late: it sends the oldest first, so it is behind |
| sampling | otherwise |
"""

from wherry_host.page.curve import late_after_us

SILENT, OVERDUE, SENDING, SAMPLING = "silent", "overdue", "sending", "sampling"
# The worst state is first; a board has the state of its worst uplink.
WORDS = (SILENT, OVERDUE, SENDING, SAMPLING)

_OVERDUE_INTERVALS, _SILENT_INTERVALS = 2, 3
_MARGIN_US = 10_000_000
# The limit for a device that has uploaded only once.
_SILENT_ALONE_US = 3_600_000_000


def state(device, now_us):
    """Return the word for a Device that has delivered."""
    quiet_us, interval_us = now_us - device.seen_us, device.interval_us
    if not interval_us:
        return SILENT if quiet_us > _SILENT_ALONE_US else SAMPLING
    if quiet_us > _SILENT_INTERVALS * interval_us + _MARGIN_US:
        return SILENT
    if quiet_us > _OVERDUE_INTERVALS * interval_us + _MARGIN_US:
        return OVERDUE
    behind_us = device.seen_us - device.newest_us
    return SENDING if behind_us > late_after_us(interval_us) else SAMPLING
