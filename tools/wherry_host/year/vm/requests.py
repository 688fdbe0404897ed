"""The world's answers to the requests of a program in another process.

A request is a letter and bytes. An answer is the number of its bytes, a status (0, an errno of the
chip, or one of those below), both of two bytes, and the bytes, of which there are at least four.
Numbers are in little-endian order.
"""

import struct

from wherry_host.year.chip.errors import ChipError
from wherry_host.year.chip.secure import Context
from wherry_host.year.chip.sockets import Poll, Socket

_TEXT, _UNKNOWN, _BAD_VALUE, _END = 0xFFFF, 0xFFFE, 0xFFFD, 0xFFFC
_FORM = struct.Struct("<HH4s")
_NOTHING = 0xFFFF


class Requests:
    """Answers from a link_port.Port; `network` and `verify` are those of its sockets.

    `chance` is the world's random.Random; `watch` has `begin(path)` and `end()` around the removal
    of a file.
    """

    def __init__(self, port, clock, network, chance, verify, watch):
        self._port, self._clock, self._network = port, clock, network
        self._chance, self._verify, self._watch = chance, verify, watch
        self._streams = []
        self._own = {
            b"t": self._wait,
            b"r": self._bytes,
            b"g": self._number,
            b"F": self._removes,
            b"f": self._removed,
            b"n": self._take,
        }
        self._of_network = {
            b"s": self._socket,
            b"c": self._connect,
            b"d": self._send,
            b"f": self._receive,
            b"w": self._write,
            b"r": self._read,
            b"x": self._close,
            b"p": self._poll,
            b"t": self._context,
            b"l": self._trust,
            b"h": self._wrap,
        }

    def begin(self):
        """Let a run begin: it has no sockets."""
        self._streams.clear()

    def answer(self, request):
        """Return the answer to a request; raises Ended, which ends the run."""
        own = self._own.get(request[:1])
        try:
            return _framed(0, own(request[1:]) if own else self._port.call(request))
        except ChipError as error:
            number = error.args[0]
            return _framed(number & 0xFFFF) if isinstance(number, int) else _worded(_TEXT, error)
        except RuntimeError as error:
            return _worded(_UNKNOWN, error)
        except ValueError as error:
            return _worded(_BAD_VALUE, error)

    # The chip itself

    def _wait(self, content):
        self._port.wait_until(int.from_bytes(content, "little"))
        return b""

    def _bytes(self, content):
        return self._chance.randbytes(int.from_bytes(content, "little"))

    def _number(self, content):
        numbers = struct.unpack(f"<{len(content) // 8}q", content)
        draw = self._chance.getrandbits if len(numbers) == 1 else self._chance.randrange
        return draw(*numbers).to_bytes(8, "little")

    def _removes(self, content):
        self._watch.begin(content.decode())
        return b""

    def _removed(self, _):
        self._watch.end()
        return b""

    # The network

    def _take(self, content):
        self._port.check()
        return self._of_network[content[:1]](content[1:])

    def _added(self, stream):
        self._streams.append(stream)
        return bytes((len(self._streams) - 1,))

    def _socket(self, content):
        return self._added(Socket(self._network, self._port.regs, content[0]))

    def _connect(self, content):
        address, _ = _placed(content[1:])
        self._streams[content[0]].connect(address)

    def _send(self, content):
        address, packet = _placed(content[1:])
        self._streams[content[0]].sendto(packet, address)
        return b""

    def _receive(self, content):
        size = int.from_bytes(content[1:], "little")
        packet, (host, port) = self._streams[content[0]].recvfrom(size)
        return struct.pack("<HB", port, len(host)) + host.encode() + packet

    def _write(self, content):
        count = self._streams[content[0]].write(content[1:])
        return (_NOTHING if count is None else count).to_bytes(2, "little")

    def _read(self, content):
        buffer = bytearray(int.from_bytes(content[1:], "little"))
        count = self._streams[content[0]].readinto(buffer)
        return b"\0" if count is None else b"\1" + buffer[:count]

    def _close(self, content):
        self._streams[content[0]].close()
        return b""

    def _poll(self, content):
        watched = Poll(self._port, self._clock)
        numbers = {}
        for number, flags in zip(content[4::2], content[5::2], strict=True):
            stream = self._streams[number]
            numbers[stream] = number
            watched.register(stream, flags)
        timeout_ms = int.from_bytes(content[:4], "little", signed=True)
        ready = watched.poll(timeout_ms)
        return bytes(each for stream, flags in ready for each in (numbers[stream], flags))

    # TLS

    def _context(self, _):
        return self._added(Context(self._network, self._verify))

    def _trust(self, content):
        self._streams[content[0]].load_verify_locations(content[1:])
        return b""

    def _wrap(self, content):
        context, sock = (self._streams[number] for number in content[:2])
        context.verify_mode = content[2]
        return self._added(context.wrap_socket(sock, content[3:].decode() or None))


def _placed(content):
    """Return ((host, port), the rest) of an address and what follows."""
    port, size = struct.unpack_from("<HB", content)
    return (content[3 : 3 + size].decode(), port), content[3 + size :]


def _framed(status, content=b""):
    return _FORM.pack(len(content), status, content[:4]) + content[4:]


def _worded(status, error):
    return _framed(status, str(error).encode())


#: The answer to a program whose run has ended: it must end at once.
END = _framed(_END)
