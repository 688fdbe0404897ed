"""What the device models live in: the weather, chance, and the log of true measurements."""

import json
import random

from wherry_host.virtual.weather import Weather


class Surroundings:
    """Shared by all models of a board; the log is truth.jsonl in the board's directory."""

    def __init__(self, path, weather_speed, seed):
        self.weather = Weather(weather_speed)
        self.random = random.Random(seed)
        # Unbuffered and appending: a line is whole even if the supervisor is killed.
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115

    def measured(self, now_us, device, **channels):
        """Log a measurement: true Unix us and the physical values as the sensor now holds them."""
        for channel, value in channels.items():
            entry = {"time_us": now_us, "device": device, "channel": channel, "value": value}
            self._file.write(json.dumps(entry).encode() + b"\n")

    def close(self):
        self._file.close()
