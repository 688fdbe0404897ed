"""The numbers and strings of docs/spec.md: varints, zigzag, and the bits of Rice codes."""

PREFIX_MAX, SUM_START, SUM_STEP_MAX, COUNT_MAX = 12, 8, 1 << 20, 16


class Bytes:
    """A payload, read from its start."""

    def __init__(self, payload):
        self.payload = payload
        self.at = 0

    def byte(self):
        self.at += 1
        return self.payload[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def signed(self):
        return unzigzag(self.varint())

    def text(self):
        size = self.varint()
        self.at += size
        return self.payload[self.at - size : self.at].decode()


class Bits:
    """The bit stream after the first row of a Rice frame."""

    def __init__(self, payload):
        self.text = "".join(f"{byte:08b}" for byte in payload)
        self.at = 0

    def number(self, count):
        self.at += count
        return int(self.text[self.at - count : self.at] or "0", 2)

    def sized(self):
        return self.number(self.number(5) + 1)

    def mask(self):
        schema = self.number(2)
        return self.number(self.number(6) + 1) << 2 | schema

    def ended(self):
        rest = self.text[self.at :]
        return len(rest) < 8 and "0" not in rest


class Code:
    """The state of one Rice code within a frame."""

    def __init__(self):
        self.count = 1
        self.sum = SUM_START

    def read(self, bits):
        k = 0
        while self.count << k < self.sum:
            k += 1
        ones = 0
        while ones < PREFIX_MAX and bits.number(1):
            ones += 1
        value = bits.sized() if ones == PREFIX_MAX else ones << k | bits.number(k)
        self.sum += (min(value, SUM_STEP_MAX) + 1) >> 1
        self.count += 1
        if self.count == COUNT_MAX:
            self.count >>= 1
            self.sum >>= 1
        return unzigzag(value)


def unzigzag(value):
    return -(value + 1 >> 1) if value & 1 else value >> 1


def indexes(mask):
    return [index for index in range(mask.bit_length()) if mask >> index & 1]
