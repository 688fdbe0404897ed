"""A BH1750FVI by its commands (ROHM technical note BH1750FVI, 2009.04 rev B).

A measurement takes its maximum time. A read before its end is refused, which the note does not
specify. Any command ends continuous measurements. Low resolution is not modelled.
"""

from wherry_host.virtual.chips.command_chip import CommandChip
from wherry_host.virtual.chips.tables import Channel, Command, Conversion

_SATURATED = 0xFFFF
_USUAL_TIME = 69
_BUSY_US = 180_000


def _time(held):
    return held["time_high"] | held["time_low"]


def _conversion(dropped):
    def converts(held):
        busy_us = _BUSY_US * _time(held) // _USUAL_TIME
        return Conversion(("illuminance",), busy_us, {"illuminance": dropped})

    return converts


def _result(dropped):
    def sends(held):
        raw = (held["illuminance"] >> dropped) * _time(held) // _USUAL_TIME
        return min(raw, _SATURATED).to_bytes(2, "big")

    return sends


def _measuring(dropped, is_continuous):
    return Command(
        converts=_conversion(dropped),
        sends=_result(dropped),
        is_data=True,
        assigns={"is_continuous": is_continuous},
    )


class Model(CommandChip):
    """One sensor on the bus."""

    name = "bh1750"
    CHANNELS = (("illuminance", 1),)
    ADDRESS = 0x23
    # The step of the second high resolution, which has one more bit than the first.
    QUANTITIES = {"illuminance": Channel(1 / 2.4, raw_max=_SATURATED << 1 | 1)}
    HELD = {"time_high": 0x40, "time_low": 0x05, "is_continuous": 0}
    COMMANDS = {
        # Power down, power on, reset of the result.
        b"\x00": Command(),
        b"\x01": Command(),
        b"\x07": Command(),
        b"\x10": _measuring(1, 1),
        b"\x11": _measuring(0, 1),
        b"\x20": _measuring(1, 0),
        b"\x21": _measuring(0, 0),
        **{bytes((0x40 | bits,)): Command(assigns={"time_high": bits << 5}) for bits in range(8)},
        **{bytes((0x60 | bits,)): Command(assigns={"time_low": bits}) for bits in range(32)},
    }

    def write(self, data, now_us):
        """Execute a command, and end continuous measurements."""
        self._settings["is_continuous"] = 0
        super().write(data, now_us)

    def read(self, count, now_us):
        """Return bytes of the newest result, which can be read repeatedly in continuous mode."""
        command = self._command
        if not self._settings["is_continuous"]:
            return super().read(count, now_us)
        self._catch_up(command, now_us)
        content = super().read(count, now_us)
        self._command = command
        return content

    def _catch_up(self, command, now_us):
        """Take the measurement of the newest finished period in continuous mode."""
        period_us = self._ready_us - self._measured_us
        passed = (now_us - self._measured_us) // period_us - 1
        if passed > 0 and not self.stuck:
            conversion = command.converts(self._held(now_us))
            self._convert(conversion, self._measured_us + passed * period_us)
