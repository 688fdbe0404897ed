"""The network behind the access point: name server, time server, TCP connections to servers.

The durations of joins, connections, handshakes and answers are those in docs/energy.md, and vary
by chance.
"""

from typing import NamedTuple

# The bytes of a TLS 1.2 handshake up and down, if the server sends two ECDSA certificates with the
# sizes of public ones.
_SHAKE_UP_SIZE, _SHAKE_DOWN_SIZE = 360, 2_300
#: The head of a TLS record, its explicit nonce and its tag (RFC 5246 6.2.3, RFC 5288 3).
RECORD_SIZE = 29
_DATAGRAM_SIZE = 28
_SEGMENT_SIZE = 40
# Round trips to the name server and to a time server near by, in ms.
_NAME_MS, _TIME_MS = (10, 40), (12, 28)
_BYTE_US = 20
_VARIES = 0.2
_DATE_US = 1_000_000
_SNTP = 123
#: The sources of a Time that is a Date, and of one that a DS3231 gave.
DATE, CHIP = "date", "chip"


class Time(NamedTuple):
    """A time that was given to the node: when, its error or the bound of it, and by whom.

    The judge finds the error of a time of the DS3231.
    """

    time_us: int
    off_us: int
    source: str


class Network:
    """`services` are {address: world.server.Server}; `usual` has the durations in seconds.

    `responders` are {(address or "", port): Responder of wherry_host.server}, "" for any other
    address: `reply(packet)` returns the answer or None, and `switches.dead` silences it.
    """

    def __init__(self, clock, chance, usual, responders, services):
        self._clock, self._chance, self._usual = clock, chance, usual
        self._responders = responders
        self._services = services
        #: All bytes on the wire, with the heads of IP, UDP and TCP.
        self.up_size = self.down_size = 0
        self.shake_count = 0
        #: The Times that a client may use, in order: of the answers of the time servers, and of
        #: those of proven servers to a HEAD.
        self.times = []

    def count(self, up_size, down_size):
        """Count bytes on the wire."""
        self.up_size += up_size
        self.down_size += down_size

    # Datagrams

    def send_datagram(self, sock, address, port, packet):
        """Carry a datagram to its server, and the answer back."""
        self.count(len(packet) + _DATAGRAM_SIZE, 0)
        responder = self._responder(address, port)
        if responder is None or responder.switches.dead:
            return
        span_ms = _TIME_MS if port == _SNTP else _NAME_MS
        there_us = self._chance.randint(span_ms[0] * 500, span_ms[1] * 500)
        self._clock.after(there_us, self._reply, sock, (address, port), packet, there_us)

    def _reply(self, sock, place, packet, back_us):
        responder = self._responder(*place)
        answer = responder.reply(packet)
        if answer:
            off_us = _error_us(responder.switches) if place[1] == _SNTP else None
            self._clock.after(back_us, self._bring, sock, answer, place, off_us)

    def _responder(self, address, port):
        return self._responders.get((address, port)) or self._responders.get(("", port))

    def _bring(self, sock, answer, place, off_us):
        self.count(0, len(answer) + _DATAGRAM_SIZE)
        if sock.arrived(answer, place) and off_us is not None:
            self.times.append(Time(self._clock.us, off_us, place[0]))

    # Connections

    def connect(self, sock, address, port):
        """Open a connection, or refuse it if nothing serves there."""
        self.count(3 * _SEGMENT_SIZE, 2 * _SEGMENT_SIZE)
        server = self._services.get((address, port))
        wait_us = self._varied("reach_s") // 2
        self._clock.after(wait_us, self._connected, sock, server)

    def _connected(self, sock, server):
        if not sock.is_heard():
            return
        if not server or server.faults.refuses():
            sock.failed()
            return
        line = Line(self, sock, server.faults.strike_connection())
        if not line.is_silent:
            sock.opened(server.accept(line), line)

    def shake_hands(self, sock, done):
        """Call `done(chain)` with the server's certificates after the time of a handshake."""
        self.shake_count += 1
        self.count(_SHAKE_UP_SIZE, _SHAKE_DOWN_SIZE)
        self._clock.after(self._varied("tls_s"), self._shaken, sock, done)

    def _shaken(self, sock, done):
        up, down = bytes(_SHAKE_UP_SIZE), bytes(_SHAKE_DOWN_SIZE)
        if sock.line.passed("up", up) == up and sock.line.passed("down", down) == down:
            done(sock.peer.chain)

    def send(self, sock, content):
        """Carry bytes to the server."""
        self.count(len(content) + _SEGMENT_SIZE, _SEGMENT_SIZE)
        sock.unsent += len(content)
        sock.free_us = max(sock.free_us, self._clock.us) + len(content) * _BYTE_US
        self._clock.at(sock.free_us, self._sent, sock, content)

    def _sent(self, sock, content):
        passed = sock.line.passed("up", content)
        # The bytes of a silent line stay in the chip's buffer.
        if not sock.line.is_silent:
            sock.unsent -= len(content)
        if passed:
            sock.peer.receive(passed)

    def answer(self, line, *arguments):
        """Call `line.bring(*arguments)` after the time of a request; answers keep their order."""
        line.free_us = max(line.free_us, self._clock.us + self._varied("request_s"))
        self._clock.at(line.free_us, line.bring, *arguments)

    def noting_a_date(self):
        """Return a function that notes a Date, of whole seconds; its request has just come."""
        asked_us = self._clock.us

        def note():
            off_us = _DATE_US + self._clock.us - asked_us
            self.times.append(Time(self._clock.us, off_us, DATE))

        return note

    def close(self, sock):
        """End a connection from the program's side."""
        if sock.peer:
            self.count(_SEGMENT_SIZE, _SEGMENT_SIZE)

    def _varied(self, name):
        share = 1 + self._chance.uniform(-_VARIES, _VARIES)
        return round(self._usual[name] * share * 1_000_000)


def _error_us(switches):
    """Return the error of a time server's answers, None if a client must not use them."""
    is_refused = switches.kiss or switches.unsynchronised or switches.wrong_origin
    return None if is_refused else round(switches.offset_ms * 1000)


class Line:
    """A connection as the server sees it; `fault` is a wire fault of server.faults, or None."""

    def __init__(self, network, sock, fault):
        self._network, self._socket = network, sock
        #: The true time at which the last answer arrives.
        self.free_us = 0
        #: Whether the line carries nothing more, without an end of the connection.
        self.is_silent = fault is not None and fault.kind == "silence"
        self._is_cut = False
        self._fault = None if self.is_silent else fault
        # The bytes that may pass before the fault.
        self._left = fault.after_size if fault else 0

    def passed(self, direction, content):
        """Return the bytes that arrive at the other end."""
        # Bytes that the program sent before it closed the socket still arrive.
        is_there = self._socket.is_on_air() if direction == "up" else self._socket.is_heard()
        if self._is_cut or not is_there:
            self.is_silent = True
        if self.is_silent:
            return b""
        if self._fault is None or self._fault.direction != direction:
            return content
        content, left = content[: self._left], len(content)
        self._left -= len(content)
        if len(content) < left:
            self.is_silent = self._fault.kind == "stall"
            if not self.is_silent:
                self.cut()
        return content

    def cut(self):
        """Reset the connection."""
        self._is_cut = True
        self._socket.failed()

    def answer(self, content, is_last=False, cover_size=0, arrived=None):
        """Send an answer with `cover_size` bytes of TLS; the last one closes the connection.

        `arrived()` is called if all of it arrives.
        """
        self._network.answer(self, content, is_last, cover_size, arrived)

    def tell_time(self, content, is_last, cover_size):
        """Send an answer as `answer` does; if all of it arrives, a client may use its Date."""
        self.answer(content, is_last, cover_size, self._network.noting_a_date())

    def bring(self, content, is_last, cover_size, arrived):
        """Let an answer arrive."""
        passed = self.passed("down", content)
        if not passed:
            return
        self._network.count(_SEGMENT_SIZE, len(passed) + _SEGMENT_SIZE + cover_size)
        is_whole = self._socket.arrived(passed) and passed == content
        if is_whole and arrived:
            arrived()
        if is_last and is_whole:
            self._socket.ended()
