"""Channels that are never split up: a position's latitude and longitude. Loaded on demand.

Harbor joins the two to a point on its map only if they arrive in one request
(docs/protocols/harbor_v2.md).
"""

LATITUDES = ("latitude", "lat")
_LONGITUDES = ("longitude", "long", "lng", "lon")


def joined_mask(channels, mask: int) -> int:
    """Return a mask of the channels after a position's first coordinate, through its second."""
    joined, begin, kind = 0, -1, None
    for i in range(len(channels)):
        last_word = channels[i][0].lower().split("_")[-1]
        found = last_word in LATITUDES, last_word in _LONGITUDES
        if not mask >> i & 1 or found == (False, False):
            continue
        if begin >= 0 and found != kind:
            joined |= (2 << i) - (2 << begin)
            begin = -1
        else:
            begin, kind = i, found
    return joined
