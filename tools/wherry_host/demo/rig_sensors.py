"""The [[sensor]] sections of a node with the named sensors, and their models."""

from wherry_host.account.shapes import is_fast, is_known, said
from wherry_host.config import drivers
from wherry_host.errors import BoardError
from wherry_host.virtual import devices

# From boards/virtual.toml: the name and wires of each bus, and pins without another use.
_BUSES = (("i2c0", (22, 21)), ("i2c1", (33, 32)))
_PINS = 4, 5, 13, 14, 18, 19, 23
_ANALOG_PINS = 35, 36, 39
# The sampling periods of sensors that need longer; other sensors are sampled every second, as in
# the demo.
_EVERY = (4_000_000, "10 s"), (500_000, "5 s")


def known():
    """Return the names of the drivers whose device models make an account possible."""
    return [name for name in drivers.names() if is_known(name) and not is_fast(name)]


def chosen(names):
    """Return (sections, devices, [node] options) for a node with these sensors.

    Raises BoardError for a name without a model, or if the board has no place left for one.
    """
    for name in names:
        if name not in known():
            raise BoardError(f'no sensor "{name}"; known here: {", ".join(known())}')
        if names.count(name) > 1:
            raise BoardError(f'sensor "{name}" twice; name it once')
    sections, models = wired(names)
    slowest_us = max(said(name, "READY_US", 0) for name in names)
    every = next((text for limit_us, text in _EVERY if slowest_us > limit_us), None)
    return sections, models, {"sample_every": every, "send_every": every} if every else {}


def wired(names):
    """Return (sections, model options) for sensors, with distinct channel names.

    Raises BoardError if the board has no place left for one.
    """
    places, channels, sections, models = Places(), set(), [], []
    for name in names:
        section, model = places.of(name)
        own = {channel for channel, *_ in drivers.channels(name)}
        sections.append(section | ({"prefix": f"{name}_"} if own & channels else {}))
        models.append(model)
        channels |= own
    return sections, models


class Places:
    """The places of sensors: each has a separate address on a bus, or a separate pin."""

    def __init__(self):
        self._taken = set()

    def of(self, name):
        """Return the section and the model's options for a driver."""
        section, model, address = {"driver": name}, {"kind": name}, devices.address(name)
        if address is not None:
            bus, wires = self._first(_BUSES, address)
            return section | {"bus": bus}, model | {"wires": wires}
        free = _ANALOG_PINS if name == "analog" else _PINS
        own = [key for key, (kind, *_) in drivers.options(name).items() if kind == "pin"]
        pins = {key: self._first(free, "pin") for key in own}
        return section | pins, model | pins

    def _first(self, places, what):
        for place in places:
            if (place, what) not in self._taken:
                self._taken.add((place, what))
                return place
        raise BoardError("the virtual board is full: name fewer sensors of one kind")
