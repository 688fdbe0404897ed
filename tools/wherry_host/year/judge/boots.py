"""The boot of a reading without a date: the flash at each loss of power shows it."""

from bisect import bisect_right
from operator import itemgetter


class Boots:
    """The boots of a board, from 0; `power` is its Power, during its life or after it."""

    def __init__(self, power):
        self._power = power
        # {the node's number of a boot: the first loss of power at which a row of it was in flash}.
        self._numbers = {}
        # (row, the node's number of its boot) of the rows in flash at any loss, in order.
        self._rows = []
        self._read_count = 0

    def time_us(self, reading):
        """Return the true time of a Reading from flash by its stamp, or by the ticks of its boot.

        A boot whose rows were in flash at no loss of power is the last one. The stamp of an
        estimate is not used.
        """
        if reading.is_dated:
            return reading.stamp_us
        self._read()
        boot = self._boot_of(reading.row) if reading.boot is None else reading.boot
        return self.time_in_boot_us(self._numbers.get(boot, -1), reading)

    def number_of(self, boot):
        """Return the number of a boot whose rows were in flash at a loss of power, else None."""
        self._read()
        return self._numbers.get(boot)

    def time_in_boot_us(self, number, reading):
        """Return the true time of a Reading by its stamp, or by its ticks in a boot."""
        if reading.is_dated:
            return reading.stamp_us
        return self._power.zeros_us[number] + reading.ticks_us

    def _boot_of(self, row):
        """Return the node's number of the boot of a row that was set aside.

        It has been in flash since its boot. If no loss showed it, the power failed while it was
        written, and it follows the last row of its boot that was shown.
        """
        at = bisect_right(self._rows, row, key=itemgetter(0))
        return self._rows[at - 1][1] if at else None

    def _read(self):
        losses = self._power.losses
        if self._read_count == len(losses):
            return
        rows = dict(self._rows)
        for number in range(self._read_count, len(losses)):
            for each in losses[number].flash.readings:
                if each.boot is not None:
                    self._numbers.setdefault(each.boot, number)
                    rows.setdefault(each.row, each.boot)
        self._rows = sorted(rows.items())
        self._read_count = len(losses)
