"""The tables that describe a sensor chip on an I2C bus, for register_chip.py and command_chip.py.

Times are in us. A raw value is the integer into which a chip converts a quantity. For quantities
and their units, see Surroundings.quantity.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ENODEV, ETIMEDOUT = 19, 116
# {fault of a device: errno of an access}.
REFUSALS = {"absent": ENODEV, "nak": ENODEV, "timeout": ETIMEDOUT}


class RefusedError(Exception):
    """A device does not acknowledge; the program's call fails with an OSError of this errno."""


@dataclass(frozen=True)
class Channel:
    """The encoding of a quantity: physical value = offset + raw * step."""

    step: float
    offset: float = 0.0
    raw_min: int = 0
    raw_max: int = 0xFFFF

    def raw(self, value, dropped=0):
        """Return the raw value nearest to a physical value; its `dropped` lowest bits are 0."""
        unit = 1 << dropped
        nearest = round((value - self.offset) / self.step / unit) * unit
        return min(max(nearest, self.raw_min), self.raw_max // unit * unit)

    def physical(self, raw):
        """Return the physical value of a raw value."""
        return self.offset + raw * self.step


@dataclass(frozen=True)
class Computed:
    """A channel that a driver calculates; `of` computes it from {channel: physical value}."""

    of: Callable[[Mapping[str, float]], float]
    step: float = 0.0


@dataclass(frozen=True)
class Crc8:
    """An 8-bit CRC, highest bit first, without a final XOR."""

    polynomial: int
    initial: int

    def of(self, data):
        """Return the CRC of bytes."""
        crc = self.initial
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = (crc << 1 ^ (self.polynomial if crc & 0x80 else 0)) & 0xFF
        return crc

    def closed(self, data):
        """Return bytes followed by their CRC."""
        return data + bytes((self.of(data),))

    def word(self, value):
        """Return a 16-bit word, big-endian, followed by its CRC."""
        return self.closed(value.to_bytes(2, "big"))


@dataclass(frozen=True)
class Conversion:
    """One conversion of some channels.

    busy_us   its duration
    dropped   {channel: number of the lowest bits that stay 0}, for a lower resolution
    logged    the channels that are written to the log of truth when it starts; None: all
    """

    channels: tuple[str, ...]
    busy_us: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    logged: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Cycle:
    """Conversions that follow each other without a command.

    first_us    from the start to the first result
    period_us   from one result to the next; 0: one conversion only
    """

    first_us: int
    period_us: int
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Register:
    """A register; its content is an integer, big-endian on the bus. Masks select its bits.

    reset      the content after a reset
    size       in bytes
    writable   mask of the bits that a program can write
    channel    the channel whose result it shows, or a function of the contents that returns it
    is_last    True if a read of it completes the reading of a result
    is_status  True if a program reads it before a result, and skips the result if that fails
    packed     returns its content from the raw value and {address: content of each register}
    converts   returns the Conversion that a write to its address starts, from the contents;
               None: none is started
    starts     mask of the bits that start it when written as 1, if an address alone does not;
               during a conversion this has no effect unless it `interrupts`
    interrupts True if it ends the running conversion and starts a new one
    busy       mask of the bits that are 1 during a conversion
    idle       mask of the bits that are 1 while no conversion runs
    resets     mask of the bits that reset the chip when they are written as 1
    ready      mask of the bits that are 1 once a result is available
    is_reading True if reading it clears the `ready` bits
    restarts   True if a write restarts the chip's Cycle
    follower   the address with which a longer read continues; None: only 1 bits follow
    """

    reset: int = 0
    size: int = 2
    writable: int = 0
    channel: str | Callable[[Mapping[int, int]], str] | None = None
    packed: Callable[[int, Mapping[int, int]], int] = lambda raw, _: raw
    is_last: bool = True
    is_status: bool = False
    converts: Callable[[Mapping[int, int]], Conversion | None] | None = None
    starts: int = 0
    interrupts: bool = False
    busy: int = 0
    idle: int = 0
    resets: int = 0
    ready: int = 0
    is_reading: bool = False
    restarts: bool = False
    follower: int | None = None


@dataclass(frozen=True)
class Command:
    """The effect of a command. `held` is {name: integer}: the raw values and the settings.

    It also has `is_busy`, and `is_new` while a result has not been read.

    converts     returns the Conversion that starts, from `held`
    sends        returns the bytes of the next read, from `held`; None: the read is refused
    is_data      True if `sends` has results of a conversion
    is_at_once   True if its answer is also available during a conversion
    logged       the channels of the last conversion that are logged as truth only now
    stores       the setting that stores the argument byte, and the mask of its writable bits
    assigns      {setting: value} that the command sets
    busy_us      the time that the chip is busy with a command that converts nothing
    ends         True if it ends a running conversion, without a result
    refused      returns True, from `held`, if the chip does not acknowledge the command now
    reset_us     time after a reset in which the chip acknowledges nothing; None: no reset
    """

    converts: Callable[[Mapping[str, int]], Conversion] | None = None
    sends: Callable[[Mapping[str, int]], bytes] | None = None
    is_data: bool = False
    is_at_once: bool = False
    logged: tuple[str, ...] = ()
    stores: tuple[str, int] | None = None
    assigns: Mapping[str, int] = field(default_factory=dict)
    busy_us: int = 0
    ends: bool = False
    refused: Callable[[Mapping[str, int]], bool] = lambda _: False
    reset_us: int | None = None
