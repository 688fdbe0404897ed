"""An encoder of row frames, written from docs/spec.md alone: bit by bit, and slow."""

from support.queue.by_hand import frame as framed
from support.queue.by_hand import varint, zigzag

MS, UNDATED = 1, 2
ROWS, RICE = 0xB1, 0xB2


def bits_of(n, count):
    """Return the low `count` bits of a number as a string, highest bit first."""
    return "".join([str(n >> count - 1 - i & 1) for i in range(count)])


def size_of(n):
    """Return how many bits a number has, at least 1."""
    return max(1, len(bin(n)) - 2)


def octets_of(bits):
    """Return a string of bits as bytes, with the last byte padded with ones."""
    bits += "1" * (-len(bits) % 8)
    return bytes([int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)])


class Code:
    """The code of one channel, or of the time step."""

    def __init__(self):
        self.count, self.sum = 1, 8

    def put(self, n):
        u = zigzag(n)
        k = 0
        while self.count * 2**k < self.sum:
            k += 1
        q = u >> k
        if q < 12:
            bits = "1" * q + "0" + bits_of(u, k)
        else:
            bits = "1" * 12 + bits_of(size_of(u) - 1, 5) + bits_of(u, size_of(u))
        self.sum += (min(u, 2**20) + 1) >> 1
        self.count += 1
        if self.count == 16:
            self.sum, self.count = self.sum >> 1, self.count >> 1
        return bits


class Frame:
    """A frame that begins with `row`; `ends` has the payload size in bits after each row."""

    def __init__(self, kind, row, channel_count, own_count=0):
        self.kind = kind
        self._counts = channel_count, own_count
        number, self.flags, self.boot, s, ms, self.mask, values = row
        self.number = number
        self.payload = varint(number << 2 | self.flags)
        if self.flags & UNDATED:
            self.payload += varint(self.boot)
        self.payload += varint(s)
        if self.flags & MS:
            self.payload += varint(ms)
        self.payload += varint(self._coded(self.mask))
        for value in values:
            self.payload += varint(zigzag(value))
        self.bits = ""
        self.ends = [8 * len(self.payload)]
        self._last = dict(zip(self._channels(self.mask), values))
        self._codes = [Code() for _ in range(channel_count + 1)]
        self._time, self._step = self._time_of(s, ms), 0

    def _coded(self, mask):
        count, own_count = self._counts
        if mask >> count - own_count:
            return (mask >> count - own_count) << 2 | 1
        return mask << 2

    def _channels(self, mask):
        return [i for i in range(self._counts[0]) if mask >> i & 1]

    def _time_of(self, s, ms):
        return s * 1000 + ms if self.flags & MS else s

    def add(self, row):
        """Add a row with the next number."""
        _, _, _, s, ms, mask, values = row
        step = self._time_of(s, ms) - self._time
        change = step - self._step
        differences = []
        for i, value in zip(self._channels(mask), values):
            differences.append((i, value - self._last.get(i, 0)))
            self._last[i] = value
        if self.kind == RICE:
            self.bits += self._rice(change, mask, differences)
        else:
            self.payload += self._plain(change, mask, differences)
        self._time, self._step, self.mask = self._time + step, step, mask
        self.ends.append(8 * len(self.payload) + len(self.bits))

    def _plain(self, change, mask, differences):
        m = int(mask != self.mask)
        t = int(change != 0 or m)
        d = zigzag(differences[0][1]) if differences else 0
        octets = varint(d << 1 | t)
        if t:
            octets += varint(zigzag(change) << 1 | m)
        if m:
            octets += varint(self._coded(mask))
        return octets + b"".join([varint(zigzag(n)) for _, n in differences[1:]])

    def _rice(self, change, mask, differences):
        codes = "".join([self._codes[i].put(n) for i, n in differences])
        m = mask != self.mask
        if not change and not m:
            return "1" + codes
        bits = "01" if m else "00"
        bits += self._codes[-1].put(change)
        coded = self._coded(mask)
        if m:
            channels = coded >> 2
            bits += bits_of(coded, 2) + bits_of(size_of(channels) - 1, 6)
            bits += bits_of(channels, size_of(channels))
        return bits + codes

    def whole(self):
        """Return the frame's bytes."""
        return framed(self.kind, self.payload + octets_of(self.bits))


def frame_of(kind, rows, channel_count, own_count=0):
    """Return the Frame of rows that all fit into one frame."""
    frame = Frame(kind, rows[0], channel_count, own_count)
    for row in rows[1:]:
        frame.add(row)
    return frame
