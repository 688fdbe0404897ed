"""The DS3231 of the section [time]: when a node has set it, and when it gave the time."""

from wherry_host.virtual.devices import ds3231
from wherry_host.year.world.network import CHIP, Time

_STATUS, _STOPPED, _TIME_SIZE = 0x0F, 0x80, 7


class Model(ds3231.Model):
    """A chip that appends a Time to `times` at each read, once a node has set it.

    It appends to `sets_us` when its time is set.
    """

    def __init__(self, surroundings, wires, times, sets_us):
        super().__init__(surroundings)
        self.name, self.wires = "clock", wires
        self.power_pin, self.stuck = None, False
        self._times, self._sets_us = times, sets_us

    def write(self, data, now_us):
        """Set the register pointer, and the registers of the bytes that follow."""
        super().write(data, now_us)
        if len(data) > 1 and data[0] < _TIME_SIZE:
            self._sets_us.append(now_us)

    def read(self, count, now_us):
        """Return bytes from the register that the pointer selects."""
        is_time = self._pointer == 0 and count > _TIME_SIZE
        is_set = self._sets_us and any(self._alarms)
        if is_time and is_set and not self._content[_STATUS] & _STOPPED:
            # Its error follows from `sets_us`, and from the answers before.
            self._times.append(Time(now_us, 0, CHIP))
        return super().read(count, now_us)

    def missed(self, written, now_us):
        """Drop the Time of an access that a fault has garbled."""
        super().missed(written, now_us)
        if self._times and self._times[-1] == Time(now_us, 0, CHIP):
            self._times.pop()
