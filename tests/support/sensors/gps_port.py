"""A GPS receiver's sentences, and the UART that they come from."""

GGA = "GPGGA,%s,4807.038,N,01131.000,E,%s,08,0.9,545.4,M,46.9,M,,"
RMC = "GPRMC,%s,%s,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W,%s"


def framed(body):
    """Return a sentence with its checksum."""
    total = 0
    for octet in body.encode():
        total ^= octet
    return b"$%s*%02X\r\n" % (body.encode(), total)


class Uart:
    """A UART as the chip has it: without input, a read returns None."""

    def __init__(self):
        self.received = b""

    def any(self):
        return len(self.received)

    def read(self, count):
        read, self.received = self.received[:count], self.received[count:]
        return read or None


class Ports:
    """The ports that a board provides to the driver."""

    def __init__(self):
        self.line = Uart()

    def uart(self, name):
        assert name == "gps"
        return self.line
