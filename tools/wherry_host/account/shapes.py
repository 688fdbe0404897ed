"""Convert a device model's value to a reading's value, through the driver's unit.

The models are declared in virtual/devices. A section's options (scale, offset, limits) are in its
`adjust`; see sampling/adjusted.py.
"""

from dataclasses import dataclass, replace
from functools import cache

from wherry_host.config import drivers
from wherry_host.virtual import devices

#: The suffixes of the channels that have a measured channel's smallest and largest value.
EXTREMES = "_min", "_max"


@cache
def said(device, name, otherwise):
    """Return an attribute of a device model's class, or a default; a driver may lack a model."""
    has_model = device in devices.kinds()
    return getattr(devices.model_class(device), name, otherwise) if has_model else otherwise


def is_known(device):
    """Return True if the log of truth has everything that a driver reads."""
    return bool(said(device, "CHANNELS", ()))


def is_fast(device):
    """Return True if samples wait in a FIFO until the program reads them."""
    return said(device, "IS_FAST", False)


def agree(value, wanted, step):
    """Return True if two values are equal within a sensor's resolution."""
    return abs(value - wanted) <= step + 1e-9


@dataclass
class Shape:
    """One channel of a section: `name`, and the conversion of its values.

    `factor` converts from the model's unit to the driver's unit, `scale` and `offset` convert from
    there to the section's unit. `step` is the resolution of the result, `low` and `high` are its
    limits or None.
    """

    name: str
    factor: float
    step: float
    scale: float = 1.0
    offset: float = 0.0
    low: float | None = None
    high: float | None = None

    def value(self, measured):
        """Return the value of a reading, unrounded."""
        return measured * self.factor * self.scale + self.offset

    def allows(self, value, measured):
        """Return True if a reading has the value that was measured, within the resolution."""
        return agree(value, self.value(measured), self.step)

    def is_within(self, value, margin):
        """Return True if a value is within the limits and at least `margin` away from each."""
        above = self.low is None or value >= self.low + margin
        return above and (self.high is None or value <= self.high - margin)


def shapes(typed):
    """Return {(device, its channel): Shape} of a typed configuration."""
    return {
        (section["driver"], own): shape
        for section in typed["sensor"]
        for own, shape in of_section(section)
    }


@dataclass
class DerivedShape:
    """A derived channel of a section: its `name`, the name of its `formula`, and its inputs."""

    name: str
    formula: str
    inputs: list
    altitude_m: float
    decimals: int


def derived_shapes(typed):
    """Return {device: [DerivedShape]} of a typed configuration."""
    found = {}
    for section in typed["sensor"]:
        altitude, entries = section.get("derive", (None, ()))
        own = [channel for channel, _ in said(section["driver"], "CHANNELS", ())]
        channels = section["channels"][len(section["channels"]) - len(entries) :]
        found[section["driver"]] = [
            DerivedShape(
                name,
                formula,
                [own[index] for index, _ in inputs],
                (altitude or 0) / 1e6,
                decimals,
            )
            for (name, _, decimals), (formula, _, inputs) in zip(channels, entries, strict=True)
        ]
    return found


def of_section(section):
    """Yield (channel of the device, Shape) of each channel of a section with a model."""
    driver = section["driver"]
    if not is_known(driver):
        return
    steps = {step[0]: step[1:] for step in section.get("adjust", ())}
    models, of_driver = said(driver, "CHANNELS", ()), drivers.channels(driver)
    count, is_mean, has_extremes, _ = section.get("several", (1, False, False, 0))
    pairs = zip(models, of_driver, section["channels"], strict=False)
    for i, ((own, factor), (_, _, decimals), (name, _, shown)) in enumerate(pairs):
        shape = Shape(name, factor, said(driver, "STEP", 10**-decimals))
        if i in steps:
            multiplier, addend, divisor, low, high = steps[i]
            # For a mean, the driver's values are summed, not yet divided by their count.
            multiplier *= count if is_mean else 1
            shape.scale = multiplier * 10**decimals / divisor / 10**shown
            shape.offset = addend / divisor / 10**shown
            shape.step = shape.step * abs(shape.scale) + 10**-shown
            shape.low = None if low is None else low / 10**shown
            shape.high = None if high is None else high / 10**shown
        yield own, shape
        if has_extremes:
            ends = section["channels"][len(of_driver) + 2 * i :][:2]
            for suffix, (name, _, _) in zip(EXTREMES, ends, strict=True):
                yield own + suffix, replace(shape, name=name)
