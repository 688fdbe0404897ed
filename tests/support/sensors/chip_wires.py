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

    def log(self, name):
        return [json.loads(line) for line in (self._folder / f"{name}.jsonl").open()]
