"""The environment of the device models: the weather, chance and the logs.

A run is judged by these logs. truth.jsonl has each measurement. accesses.jsonl has each access
that met a fault of the device, each measurement that an access has read, and each measurement that
an access could not read because of a fault.
"""

import json
import random

from wherry_host.private import make_file
from wherry_host.virtual.weather import WAVES, Weather

_WEATHER = ("temperature", "humidity", "pressure")


class Environment:
    """The weather and chance around the models of a board."""

    def __init__(self, weather_speed, seed):
        self.weather = Weather(weather_speed)
        self.random = random.Random(seed)

    def quantity(self, name, now_us):
        """Return a quantity at a true Unix us.

        It is temperature (°C), humidity (%), pressure (hPa), illuminance (lx), power (mW), or one
        of weather.py's WAVES.
        """
        if name in WAVES:
            return self.weather.wave(name, now_us)
        if name == "power":
            return self.weather.wave("bus_voltage", now_us) * self.weather.wave("current", now_us)
        if name == "illuminance":
            return self.weather.illuminance(now_us)
        return self.weather.at(now_us)[_WEATHER.index(name)]


class Surroundings(Environment):
    """Shared by all models of a board; the logs are in the board's directory."""

    def __init__(self, folder, weather_speed, seed):
        super().__init__(weather_speed, seed)
        # The access whose answer is garbage: (true Unix us, device).
        self._garbled = None
        # The files are unbuffered and append, so lines stay complete even if the supervisor is
        # killed.
        self._truth = make_file(folder / "truth.jsonl").open("ab", buffering=0)
        self._accesses = make_file(folder / "accesses.jsonl").open("ab", buffering=0)

    def measured(self, now_us, device, series=None, **channels):
        """Log a measurement: its true Unix us and the physical values as the sensor resolves them.

        `series` is the number of the program's converter, if it has one.
        """
        for channel, value in channels.items():
            entry = {"time_us": now_us, "device": device, "channel": channel, "value": value}
            if series is not None:
                entry["series"] = series
            self._truth.write(json.dumps(entry).encode() + b"\n")

    def read(self, now_us, device, taken_us):
        """Log that a program has read the measurement of a true Unix us.

        An access with the fault "bad" has read garbage, so the measurement counts as unread.
        """
        if self._garbled == (now_us, device):
            self.unread(now_us, device, taken_us)
        else:
            self._note(now_us, device, read_us=taken_us)

    def unread(self, now_us, device, taken_us):
        """Log that a fault has kept a program from reading the measurement of a true Unix us."""
        self._note(now_us, device, unread_us=taken_us)

    def struck(self, now_us, device, fault):
        """Log that a program's access met a fault of the device."""
        self._garbled = (now_us, device) if fault == "bad" else None
        self._note(now_us, device, fault=fault)

    def _note(self, now_us, device, **what):
        entry = {"time_us": now_us, "device": device, **what}
        self._accesses.write(json.dumps(entry).encode() + b"\n")

    def close(self):
        self._truth.close()
        self._accesses.close()
