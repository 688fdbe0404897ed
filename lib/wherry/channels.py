"""The channels of a node: those of its sensors and, after them, its own.

Its own come with the row that wherry/health.py fills. They are made when they are read: 16 tuples
with their names would occupy 2 KB of the heap all the time. Two more exist where the node
counts its charge.
"""

# Each name ends in a blank.
_NAMES = (
    "boots reset_cause row sampled delivered waiting set_aside dropped thinned damaged gaps"
    " sensor_errors crashes clock_error_ms rssi denied "
)
_OF_CHARGE = "mah days_left "
_FORMS = {"mah": ("mAh", 2), "days_left": ("d", 0)}


class Channels:
    """A sequence of (name, unit, decimals); `of_sensors` are the first of them."""

    def __init__(self, of_sensors: list, has_charge: bool = False):
        self._of_sensors = of_sensors
        self._names = _NAMES + _OF_CHARGE if has_charge else _NAMES

    def __len__(self) -> int:
        return len(self._of_sensors) + self._names.count(" ")

    def __getitem__(self, i: int) -> tuple:
        i -= len(self._of_sensors)
        if i < 0:
            return self._of_sensors[i]
        names, at = self._names, 0
        # Name by name, for a list of all would be garbage at each call.
        while i and at < len(names):
            at = names.find(" ", at) + 1
            i -= 1
        if at == len(names):
            raise IndexError("no such channel")
        name = names[at : names.find(" ", at)]
        return ("node_" + name,) + _FORMS.get(name, ("", 0))
