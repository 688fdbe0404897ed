"""ST LIS3DH: acceleration in three axes at a rate of its own, through the chip's FIFO.

A fast sensor; see wherry/sampling/fifo.py. The registers are in chapter 8 of the data sheet
DocID17530 rev 2, the FIFO in 5.1, the sensitivities in table 4, the turn-on times in table 11. The
high-resolution filter is on, but the FIFO keeps only the upper 10 of the 12 bits (stated by ST in
its community, in "LIS3DHTR data length"), so a step is 4 mg at 2 g. Values are in mg.
"""

import struct

from micropython import const

OPTIONS = {
    "bus": ("bus", "i2c0"),
    "address": ("int", 0x18, 0x18, 0x19),
    "rate_hz": ("choice", 10, 1, 10, 25, 50, 100),
    "range_g": ("choice", 2, 2, 4, 8, 16),
}
CHANNELS = (("acceleration_x", "g", 3), ("acceleration_y", "g", 3), ("acceleration_z", "g", 3))

_WHO_AM_I = const(0x0F)
_CTRL_REG1 = const(0x20)
_CTRL_REG4 = const(0x23)
_CTRL_REG5 = const(0x24)
# With the bit that makes the address increment.
_OUT = const(0xA8)
_FIFO_CTRL = const(0x2E)
_FIFO = const(0xAE)

_LIS3DH = const(0x33)
_AXES = const(0x07)
# A sample never mixes two measurements (block data update); high resolution.
_BLOCK_UPDATE = const(0x88)
_FIFO_ON = const(0x40)
_STREAM = const(0x80)
_OVERRUN = const(0x40)
_UNREAD = const(0x1F)
_DEPTH = const(32)
_SIZE = const(6)

# The code of the data rate in CTRL_REG1, and by range the bits of CTRL_REG4 and mg per digit.
_RATES = {1: 1, 10: 2, 25: 3, 50: 4, 100: 5}
_RANGES = {2: (0x00, 1), 4: (0x10, 2), 8: (0x20, 4), 16: (0x30, 12)}


def decode(data: bytes, mg_per_digit: int) -> list:
    """Return [x, y, z] in mg from the 6 bytes at 0x28; OSError if they are not a sample."""
    axes = struct.unpack("<hhh", data)
    for digits in axes:
        # The value is the upper twelve bits.
        if digits & 15:
            raise OSError("no data")
    return [(digits >> 4) * mg_per_digit for digits in axes]


class Sensor:
    """One chip; `waiting` fails after a loss of the settings until the next `start`."""

    depth = _DEPTH
    # High resolution needs 7 periods to settle (table 11).
    settling = 7

    def __init__(self, options: dict, board):
        self._bus = board.i2c(options["bus"])
        self._address = options["address"]
        self._rate = _RATES[options["rate_hz"]]
        self._range, self._mg_per_digit = _RANGES[options["range_g"]]
        self.period_us = 1_000_000 // options["rate_hz"]
        self._waiting = 0

    def start(self) -> None:
        """Check the chip and begin sampling into its empty FIFO; OSError has the reason."""
        chip_id = self._get(_WHO_AM_I, 1)[0]
        if chip_id != _LIS3DH:
            raise OSError("chip id 0x%02x is not 0x33" % chip_id)
        # Bypass mode (0) empties the FIFO; the rate is written last and begins sampling.
        for register, value in (
            (_CTRL_REG1, 0), (_CTRL_REG4, _BLOCK_UPDATE | self._range), (_CTRL_REG5, _FIFO_ON),
            (_FIFO_CTRL, 0), (_FIFO_CTRL, _STREAM), (_CTRL_REG1, self._rate << 4 | _AXES),
        ):  # fmt: skip
            self._bus.writeto_mem(self._address, register, bytes((value,)))

    def waiting(self) -> int:
        """Return the number of samples in the FIFO; OSError also if the chip was reset."""
        control, source = self._get(_FIFO, 2)
        if control != _STREAM:
            raise OSError("was reset")
        # A full FIFO reports one sample fewer, and sets the overrun flag.
        self._waiting = _DEPTH if source & _OVERRUN else source & _UNREAD
        return self._waiting

    def read(self) -> list:
        """Return [[x, y, z], ...] of the samples counted by `waiting`, the oldest first.

        If the bus fails meanwhile, returns the samples read before; OSError if there are none.
        """
        rows = []
        try:
            for _ in range(self._waiting):
                rows.append(decode(self._get(_OUT, _SIZE), self._mg_per_digit))
        except OSError:
            if not rows:
                raise
        return rows

    def _get(self, register, size):
        return self._bus.readfrom_mem(self._address, register, size)
