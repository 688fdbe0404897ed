"""The boot of a reading without a date: the flash at each loss of power shows it."""


class Boots:
    """The boots of a board; `power` is its Power, during its life or after it."""

    def __init__(self, power):
        self._power = power
        # {(row, ticks_us) of a row with ticks: number of the first loss at which it was in flash},
        # and the number of losses that were read. The node may lose a date later.
        self._numbers, self._read_count = {}, 0

    def time_us(self, reading, number=-1):
        """Return the true time of a Reading by its stamp, or by the ticks of its boot.

        Of the boots whose loss of power found the row in flash, it is the first. If there is none,
        it is the boot with this number, by default the last one.
        """
        if reading.stamp_us is not None:
            return reading.stamp_us
        self._read()
        number = self._numbers.get((reading.row, reading.ticks_us), number)
        return self._power.ons_us[number] + reading.ticks_us

    def _read(self):
        losses = self._power.losses
        for number in range(self._read_count, len(losses)):
            flash = losses[number].flash
            for each in flash.readings + [each for _, _, each in flash.aside]:
                if each.ticks_us is not None:
                    self._numbers.setdefault((each.row, each.ticks_us), number)
        self._read_count = len(losses)
