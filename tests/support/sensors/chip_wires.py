"""One sensor chip on the virtual board's bus, with its own time, read as its datasheet says."""

import json
import struct

from wherry_host.virtual import devices
from wherry_host.virtual.bus import Bus
from wherry_host.virtual.chips.tables import Crc8
from wherry_host.virtual.surroundings import Surroundings

WIRES = 22, 21
START_US = 1_795_000_000_000_000

SENSIRION, MEASUREMENT_SPECIALTIES = Crc8(0x31, 0xFF), Crc8(0x31, 0x00)
CRC_OF = dict.fromkeys(("aht20", "sht3x", "sht4x", "scd4x"), SENSIRION)
CRC_OF |= dict.fromkeys(("si7021", "htu31d"), MEASUREMENT_SPECIALTIES)
STEPS = {
    "aht20": (200 / 2**20, 100 / 2**20),
    "si7021": (175.72 / 2**14, 125 / 2**12),
    "sht3x": (175 / 65535, 100 / 65535),
    "sht4x": (175 / 65535, 125 / 65535),
    "htu31d": (165 / 65535, 100 / 65535),
    "hs3003": (165 / 16383, 100 / 16383),
    "hdc1080": (165 / 2**14, 100 / 2**14),
    "mcp9808": (1 / 16,),
    "tmp117": (1 / 128,),
    "bh1750": (1 / 1.2,),
    "ds3231": (1 / 4,),
    "scd4x": (1, 175 / 65535, 100 / 65535),
    "ina219": (0.004, 0.1, 3.0),
}
# Kind -> the write that starts a conversion, its duration in us, then (written, count) of each
# read.
READS = {
    "aht20": (b"\xac\x33\x00", 80_000, [(b"", 7)]),
    "si7021": (b"\xf5", 22_800, [(b"", 3), (b"\xe0", 2)]),
    "sht3x": (b"\x24\x00", 15_500, [(b"", 6)]),
    "sht4x": (b"\xfd", 8_300, [(b"", 6)]),
    "htu31d": (b"\x40", 2_600, [(b"\x00", 6)]),
    "hs3003": (b"", 33_900, [(b"", 4)]),
    "hdc1080": (b"\x00", 12_850, [(b"", 4)]),
    "mcp9808": (None, 250_000, [(b"\x05", 2)]),
    "tmp117": (None, 1_000_000, [(b"\x00", 2)]),
    "bh1750": (b"\x20", 180_000, [(b"", 2)]),
    "ds3231": (b"\x0e\x3c", 200_000, [(b"\x0e", 5)]),
    "scd4x": (b"\x21\xb1", 5_000_000, [(b"\xec\x05", 9), (b"\x3f\x86", 0)]),
    "ina219": (b"\x00\x3e\x63", 18_752, [(b"\x02", 2), (b"\x01", 2)]),
}
# The measurement of an SCD4x is logged when a program requests it.
TRIGGERED = [kind for kind, (start, *_) in READS.items() if start and kind != "scd4x"]
REFUSING = ["si7021", "sht3x", "sht4x", "scd4x", "htu31d", "hdc1080", "bh1750"]
# Kind -> a mask of bits in the first byte read, and their value during a conversion.
BUSY_BITS = {"aht20": (0x80, 0x80), "hs3003": (0xC0, 0x40), "ds3231": (0x20, 0x20)}
# Kind -> the byte that has a bit for "a result is ready", by its index, and that bit.
READY_BITS = {"ina219": (1, 0x02)}


def words(data, at, form=">H"):
    return struct.unpack_from(form, data, at)[0]


# Kind -> the channels in the bytes of READS, by the formulas of the datasheets.
DECODED = {
    "aht20": lambda d: (
        (words(d, 2, ">I") & 0xFFFFF) * 200 / 2**20 - 50,
        (words(d, 0, ">I") >> 4 & 0xFFFFF) * 100 / 2**20,
    ),
    "si7021": lambda d: (
        words(d, 3) * 175.72 / 65536 - 46.85,
        words(d, 0) * 125 / 65536 - 6,
    ),
    "sht3x": lambda d: (-45 + 175 * words(d, 0) / 65535, 100 * words(d, 3) / 65535),
    "sht4x": lambda d: (-45 + 175 * words(d, 0) / 65535, -6 + 125 * words(d, 3) / 65535),
    "htu31d": lambda d: (-40 + 165 * words(d, 0) / 65535, 100 * words(d, 3) / 65535),
    "hs3003": lambda d: (
        (words(d, 2) >> 2) / 16383 * 165 - 40,
        (words(d, 0) & 0x3FFF) / 16383 * 100,
    ),
    "hdc1080": lambda d: (words(d, 0) / 65536 * 165 - 40, words(d, 2) / 65536 * 100),
    "mcp9808": lambda d: (((words(d, 0) & 0x1FFF) ^ 0x1000) / 16 - 256,),
    "tmp117": lambda d: (words(d, 0, ">h") / 128,),
    "bh1750": lambda d: (words(d, 0) / 1.2,),
    "ds3231": lambda d: (words(d, 3, ">h") / 256,),
    "scd4x": lambda d: (
        words(d, 0),
        -45 + 175 * words(d, 3) / 65535,
        100 * words(d, 6) / 65535,
    ),
    "ina219": lambda d: (
        (words(d, 0) >> 3) * 0.004,
        words(d, 2, ">h") * 0.1,
        (words(d, 0) >> 3) * 0.004 * words(d, 2, ">h") * 0.1,
    ),
}


def crc_places(kind, count):
    """Return the places of the CRCs in an answer of `count` bytes."""
    size = 7 if kind == "aht20" else 3
    return range(size - 1, count, size) if kind in CRC_OF else range(0)


class Wires:
    """A bus of chips; `now` is its time in true Unix us, `fault` the first chip's fault."""

    def __init__(self, folder, kind, *others):
        self.now, self.fault = START_US, None
        self._folder, self._kind = folder, kind
        self.world = Surroundings(folder, 600, 0)
        self._others = others
        #: Options of the first chip's model.
        self.model_options = {}
        self.renew()

    def renew(self):
        """Connect new chips in their initial state."""
        kinds = self._kind, *self._others
        options = [self.model_options] + [{}] * len(self._others)
        models = [
            devices.make({"kind": kind, **own}, self.world)
            for kind, own in zip(kinds, options, strict=True)
        ]
        self.address = models[0].address
        self._bus = Bus(models, None, None, self, self.world)

    def now_us(self):
        return self.now

    def transfer(self, written, count=0, address=None):
        """Return the bytes read, or the errno of the refusal."""
        self._bus.set_fault(self._kind, self.fault)
        head = bytes((*WIRES, self.address if address is None else address))
        answer = self._bus.answer(b"I" + head + count.to_bytes(2, "little") + written)
        (status,) = struct.unpack_from("<h", answer, 2)
        return status or answer[4:]

    def start(self):
        """Start a conversion; return how long it takes."""
        start, busy_us, _ = READS[self._kind]
        assert start is None or self.transfer(start) == b""
        return busy_us

    def fetch(self):
        return b"".join(self.transfer(*each) for each in READS[self._kind][2])

    def measure(self):
        self.now += self.start()
        return self.fetch()

    def log(self, name):
        return [json.loads(line) for line in (self._folder / f"{name}.jsonl").open()]
