"""The world's answers to the requests of a program in another process.

A request is a letter and bytes. An answer is the number of its bytes, a status (0, an errno of the
chip, or one of those below), both of two bytes, and the bytes, of which there are at least four.
Numbers are in little-endian order.
"""

import struct

from wherry_host.year.chip.errors import ChipError
from wherry_host.year.chip.secure import Context
from wherry_host.year.chip.sockets import Poll, Socket
from wherry_host.year.world.clock import WorldError

_TEXT, _UNKNOWN, _BAD_VALUE, _END = 0xFFFF, 0xFFFE, 0xFFFD, 0xFFFC
_FORM = struct.Struct("<HH4s")
_NOTHING = 0xFFFF
_STREAM_COUNT_MAX = 256
# The requests that may meet a bad certificate.
_OF_TLS = b"nw", b"nr", b"nh"


class Requests:
    """Answers from a link_port.Port; its sockets use `network` and `verify`.

    `chance` is the world's random.Random; `watch` has `begin(path)` and `end()` around the removal
    of a file; `time` is a FlashTime.
    """

    def __init__(self, port, clock, network, chance, verify, watch, time):
        self._port, self._clock, self._network = port, clock, network
        self._chance, self._verify, self._watch, self._time = chance, verify, watch, time
        # {number: Socket or TLS stream}, and {number of a TLS stream: its socket's}.
        self._streams, self._secured = {}, {}
        self._own = {
            b"t": self._wait,
            b"r": self._bytes,
            b"g": self._number,
            b"F": self._removes,
            b"o": self._opened,
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
            b"h": self._wrap,
        }

    def begin(self):
        """Let a run begin, without sockets."""
        self._streams.clear()
        self._secured.clear()

    def answer(self, request):
        """Return the answer to a request.

        Raises Ended, which ends the run, and WorldError for a fault of the world.
        """
        own = self._own.get(request[:1])
        try:
            return _framed(0, own(request[1:]) if own else self._port.call(request))
        except ChipError as error:
            number = error.args[0]
            return _framed(number & 0xFFFF) if isinstance(number, int) else _worded(_TEXT, error)
        except Exception as error:
            # Only the radio and TLS have errors that are not OSErrors.
            if not own and type(error) is RuntimeError:
                return _worded(_UNKNOWN, error)
            if request[:2] in _OF_TLS and type(error) is ValueError:
                return _worded(_BAD_VALUE, error)
            raise WorldError(f"request {request[:2].decode()}: {error!r}") from error

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

    def _opened(self, _):
        self._time.opened()
        return b""

    # The network

    def _take(self, content):
        self._port.check()
        return self._of_network[content[:1]](content[1:])

    def _added(self, stream):
        number = next(each for each in range(_STREAM_COUNT_MAX) if each not in self._streams)
        self._streams[number] = stream
        return bytes((number,))

    def _socket(self, content):
        return self._added(Socket(self._network, self._port, content[0]))

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
        number = content[0]
        self._streams.pop(number).close()
        # The node closes the socket only.
        for each in [each for each, under in self._secured.items() if under == number]:
            self._streams.pop(each, None)
            del self._secured[each]
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

    def _wrap(self, content):
        number, mode, size = content[:3]
        host, roots = content[3 : 3 + size].decode(), content[3 + size :]
        context = Context(self._network, self._verify)
        context.verify_mode = mode
        while roots:
            end = 2 + int.from_bytes(roots[:2], "little")
            context.load_verify_locations(roots[2:end])
            roots = roots[end:]
        added = self._added(context.wrap_socket(self._streams[number], host or None))
        self._secured[added[0]] = number
        return added


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
