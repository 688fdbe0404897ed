"""lwIP's sockets over the simulated network; they never block, as the node's never do.

A socket or a TLS stream has a number, by which the world knows it.
"""

from _board import call

AF_INET = 2
SOCK_STREAM, SOCK_DGRAM = 1, 2


def getaddrinfo(host, port, af=0, type=0, proto=0, flags=0):
    return [(2, type or 1, proto, "", (host, port))]


def placed(address):
    host = address[0].encode()
    return address[1].to_bytes(2, "little") + bytes((len(host),)) + host


class Stream:
    def __init__(self, number):
        self.number = number

    def ask(self, what, content=b""):
        return call(b"n" + what + bytes((self.number,)) + content)

    def write(self, data):
        # The world takes no more at a time.
        size = int.from_bytes(self.ask(b"w", bytes(data[:5760])), "little")
        return None if size == 0xFFFF else size

    def readinto(self, buffer):
        answer = self.ask(b"r", len(buffer).to_bytes(2, "little"))
        if not answer[0]:
            return None
        size = len(answer) - 1
        buffer[:size] = memoryview(answer)[1:]
        return size

    def close(self):
        self.ask(b"x")


class socket(Stream):
    def __init__(self, af=AF_INET, type=SOCK_STREAM, proto=0):
        super().__init__(call(b"ns" + bytes((type,)))[0])

    def setblocking(self, is_blocking):
        if is_blocking:
            raise OSError(95)

    def connect(self, address):
        self.ask(b"c", placed(address))

    def sendto(self, packet, address):
        self.ask(b"d", placed(address) + bytes(packet))
        return len(packet)

    def recvfrom(self, size):
        answer = self.ask(b"f", size.to_bytes(2, "little"))
        end = 3 + answer[2]
        address = str(answer[3:end], "ascii"), answer[0] | answer[1] << 8
        return answer[end:], address
