"""The channels of a node: those of its sensors and, after them, its own.

Its own come with the row that wherry/health.py fills. They are made when they are read: 16 tuples
with their names would occupy 2 KB of the heap all the time. More may be given.
"""

# Each name ends in a blank.
_NAMES = (
    "boots reset_cause row sampled delivered waiting set_aside dropped thinned damaged gaps"
    " sensor_errors crashes clock_error_ms rssi denied "
)


class Channels:
    """A sequence of (name, unit, decimals): `of_sensors`, the node's own, then `more`."""

    def __init__(self, of_sensors: list, more=()):
        self._of_sensors = of_sensors
        self._more = more

    def __len__(self) -> int:
        return len(self._of_sensors) + _NAMES.count(" ") + len(self._more)

    def __getitem__(self, i: int) -> tuple:
        i -= len(self._of_sensors)
        if i < 0:
            return self._of_sensors[i]
        at = 0
        # Name by name, for a list of all would be garbage at each call.
        while i and at < len(_NAMES):
            at = _NAMES.find(" ", at) + 1
            i -= 1
        if at < len(_NAMES):
            return "node_" + _NAMES[at : _NAMES.find(" ", at)], "", 0
        # Raises IndexError beyond them.
        return tuple(self._more[i])
