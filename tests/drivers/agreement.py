"""Our drivers and other packages' drivers read the same values over the chips' ranges."""

from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from foreign_bus import platform
from foreign_modules import importable, unpacked
from foreign_packages import PACKAGES
from support.sensors.chip_wires import Wires
from support.sensors.ranges import HUMIDITY, RANGES
from support.sensors.sensor_wires import SensorWires
from wherry_host.virtual import devices

# A prime number: each channel goes through all steps in a different order.
STEP_COUNT = 41
_MARGIN = 0.0005
_WAIT_US = 5_000_000
_BOSCH = {"bme280": [(-40, 85), HUMIDITY, (300, 1100)], "bmp280": [(-40, 85), (300, 1100)]}
_RANGES = _BOSCH | RANGES
_WEATHER = "temperature", "humidity", "pressure"


class _Ours(SensorWires):
    """One of our drivers and a chip, whose name may differ."""

    def __init__(self, folder, driver, kind):
        self.kind = kind
        self.driver = import_module(f"wherry.sensors.{driver}")
        self.options = {name: option[1] for name, option in self.driver.OPTIONS.items()}
        self.lives = []
        Wires.__init__(self, folder, kind)


def _surround(wires, known):
    """Set a chip's surroundings from {quantity: value}."""
    wires.world.quantity = lambda name, _: known[name]
    wires.world.weather.at = lambda _: [known.get(name, 0) for name in _WEATHER]


def quantities(kind):
    """Yield {quantity: value} over the whole range of a chip, in the units of its model."""
    channels = devices.model_class(kind).CHANNELS
    spans = _RANGES[kind]
    # At the limit itself, the nearest code may represent a value outside the range.
    spans = [(low + _MARGIN * (high - low), high - _MARGIN * (high - low)) for low, high in spans]
    for i in range(STEP_COUNT):
        shares = [i * (2 * k + 1) % STEP_COUNT / (STEP_COUNT - 1) for k in range(len(spans))]
        yield {
            name: (low + share * (high - low)) / factor
            for (name, factor), (low, high), share in zip(channels, spans, shares, strict=True)
        }


@contextmanager
def _opened(foreign, wires, folder):
    names = foreign.package, *foreign.needs
    with importable([unpacked(name, folder) for name in names], platform(wires)):
        yield foreign.opened(foreign.bus(wires))


def compared(foreign, folder):
    """Yield (channel index, our value, the package's value, allowed difference) at each step.

    Each driver reads a separate chip, because they leave it in different modes.
    """
    chips = [folder / name for name in ("ours", "theirs")]
    for each in chips:
        each.mkdir(parents=True)
    ours = _Ours(chips[0], foreign.ours, foreign.kind)
    theirs = Wires(chips[1], foreign.kind)
    with _opened(foreign, theirs, folder / "wheels") as sensor:
        for known in quantities(foreign.kind):
            for wires in (ours, theirs):
                _surround(wires, known)
                wires.now += _WAIT_US
            yield from _pairs(foreign, ours, foreign.read(sensor))


def _pairs(foreign, ours, read):
    is_first = not ours.lives[-1]
    found = dict(ours.measured(is_first))
    for index, value in enumerate(read):
        if value is not None:
            unit = 10 ** -ours.driver.CHANNELS[index][2]
            own = foreign.resolution[index] if foreign.resolution else 0
            yield index, found[index] * unit, value, unit / 2 + own + 1e-9


def disagreement(foreign, folder):
    """Return the first difference between the two drivers over the whole range, or None."""
    try:
        for index, ours, theirs, allowed in compared(foreign, folder):
            if abs(ours - theirs) > allowed:
                return f"channel {index}: {ours} is not {theirs}"
    except OSError as error:
        return str(error)
    return None


def agreeing():
    """Return [(our driver, package)] of those that agree."""
    found = []
    with TemporaryDirectory() as folder:
        for i, foreign in enumerate(PACKAGES):
            if not foreign.fault and disagreement(foreign, Path(folder) / str(i)) is None:
                found.append((foreign.ours, foreign.package))
    return found
