"""The channels of a node: its sensors' channels, followed by the node's own.

wherry/health.py fills the row of the node's own channels. Their tuples are created on access: 17
tuples with their names would permanently occupy 2 KB of the heap. The caller may add more
channels.
"""

# Each name ends in a space.
_NAMES = (
    "boots reset_cause row sampled delivered waiting set_aside dropped thinned damaged gaps"
    " sensor_errors crashes clock_error_ms rssi denied clock_uncertainty_ms "
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
        # Search name by name: a list of all names would be garbage after each call.
        while i and at < len(_NAMES):
            at = _NAMES.find(" ", at) + 1
            i -= 1
        if at < len(_NAMES):
            return "node_" + _NAMES[at : _NAMES.find(" ", at)], "", 0
        # Raises IndexError past the end.
        return tuple(self._more[i])
