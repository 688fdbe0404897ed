"""The common part of chips on a 1-Wire bus: the ROM commands (Maxim, application note 937)."""

SEARCH, READ, MATCH, SKIP = 0xF0, 0x33, 0x55, 0xCC


def crc8(data):
    """Return the CRC of bytes: x^8 + x^5 + x^4 + 1, lowest bit first (application note 27)."""
    crc = 0
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


def bits(data):
    """Return the bits of bytes in the order of transmission, the lowest bit of each byte first."""
    return [octet >> i & 1 for octet in data for i in range(8)]


class OneWireChip:
    """A chip with an 8-byte ROM that ends with its CRC; a subclass has `command(code, now_us)`.

    The bus is a wired AND: a slot reads 1 only if all chips leave it at 1.
    """

    def __init__(self, rom):
        self.rom = bytes(rom) + bytes((crc8(rom),))
        self._takes = None
        self._received, self._sending = [], []

    def reset(self):
        """Wait for a ROM command."""
        self._takes = self._rom_command
        self._received, self._sending = [], []

    def write_bit(self, bit, now_us):
        """Receive a bit from the master."""
        if self._takes == self._searched:
            self._searched(bit)
            return
        self._received.append(bit)
        if self._takes and len(self._received) == 8:
            octet = sum(each << i for i, each in enumerate(self._received))
            self._received = []
            self._takes(octet, now_us)

    def read_bit(self, now_us):
        """Return the bit of a read slot."""
        if self._sending:
            return self._sending.pop(0)
        # A chip that is not addressed does not pull the wire.
        return self.idle_bit(now_us) if self._takes == self.command else 1

    def idle_bit(self, now_us):
        """Return the bit of a read slot of an addressed chip that is not sending."""
        return 1

    def _rom_command(self, code, now_us):
        self._takes = None
        if code == SKIP:
            self._takes = self.command
        elif code == READ:
            self._sending, self._takes = bits(self.rom), self.command
        elif code == MATCH:
            self._matching, self._takes = list(self.rom), self._matched
        elif code == SEARCH:
            self._left, self._takes = bits(self.rom), self._searched
            self._offer()

    def _matched(self, octet, now_us):
        if octet != self._matching.pop(0):
            self._takes = None
        elif not self._matching:
            self._takes = self.command

    def _offer(self):
        self._sending = [self._left[0], 1 - self._left[0]] if self._left else []

    def _searched(self, bit):
        if bit != self._left.pop(0):
            self._takes, self._sending = None, []
        elif self._left:
            self._offer()
        else:
            self._takes = self.command

    def command(self, code, now_us):
        """Carry out a function command."""
        raise NotImplementedError
