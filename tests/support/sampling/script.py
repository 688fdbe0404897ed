"""A sensor that returns the values of a script, and its section."""

from support.config.changed_config import changed
from wherry.config.check import check
from wherry.sampling.adjusted import Adjusted


def section(driver, **options):
    """Return the typed section of a sensor."""
    raw = changed("sensor", {})
    raw["sensor"] = [dict({"driver": driver}, **options)]
    return check(raw, "esp32", (driver,))["sensor"][0]


def adjusted(typed, sensor):
    """Return the sensor that firmware/boot/assemble.py creates from a typed section."""
    names = [channel[0] for channel in typed["channels"]]
    return Adjusted(sensor, names, {step[0]: step[1:] for step in typed["adjust"]})


class Script:
    """A sensor that returns the next list of readings each time, and then repeats the last one."""

    def __init__(self, *measurements, wait_ms=0):
        self.measurements = list(measurements)
        self.wait_ms = wait_ms
        self.starts = []

    def start(self, anew):
        self.starts.append(anew)
        return self.wait_ms

    def read(self):
        return self.measurements.pop(0) if len(self.measurements) > 1 else self.measurements[0]
