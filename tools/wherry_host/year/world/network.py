"""The network behind the access point: name server, time server, TCP connections to servers.

The durations of joins, connections, handshakes and answers are those in docs/energy.md, and vary
by chance.
"""

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
_DNS, _SNTP = 53, 123


class Network:
    """`services` are {address: world.server.Server}; `usual` has the durations in seconds.

    `name_server` and `time_server` have `reply(packet)`, which returns the answer or None.
    """

    def __init__(self, clock, chance, usual, name_server, time_server, services):
        self._clock, self._chance, self._usual = clock, chance, usual
        self._replies = {_DNS: name_server.reply, _SNTP: time_server.reply}
        self._services = services
        #: All bytes on the wire, with the heads of IP, UDP and TCP.
        self.up_size = self.down_size = 0
        self.shake_count = 0

    def count(self, up_size, down_size):
        """Count bytes on the wire."""
        self.up_size += up_size
        self.down_size += down_size

    # Datagrams

    def send_datagram(self, sock, address, port, packet):
        """Carry a datagram to its server, and the answer back."""
        self.count(len(packet) + _DATAGRAM_SIZE, 0)
        if port not in self._replies:
            return
        span_ms = _TIME_MS if port == _SNTP else _NAME_MS
        there_us = self._chance.randint(span_ms[0] * 500, span_ms[1] * 500)
        self._clock.after(there_us, self._reply, sock, (address, port), packet, there_us)

    def _reply(self, sock, place, packet, back_us):
        answer = self._replies[place[1]](packet)
        if answer:
            self._clock.after(back_us, self._bring, sock, answer, place)

    def _bring(self, sock, answer, place):
        self.count(0, len(answer) + _DATAGRAM_SIZE)
        sock.arrived(answer, place)

    # Connections

    def connect(self, sock, address, port):
        """Open a connection, or refuse it if nothing serves there."""
        self.count(3 * _SEGMENT_SIZE, 2 * _SEGMENT_SIZE)
        server = self._services.get((address, port))
        wait_us = self._varied("reach_s") // 2
        self._clock.after(wait_us, self._connected, sock, server)

    def _connected(self, sock, server):
        if server:
            sock.opened(server.accept(Line(self, sock)))
        else:
            sock.refused()

    def shake_hands(self, sock, done):
        """Call `done(chain)` with the server's certificates after the time of a handshake."""
        self.shake_count += 1
        self.count(_SHAKE_UP_SIZE, _SHAKE_DOWN_SIZE)
        self._clock.after(self._varied("tls_s"), done, sock.peer.chain)

    def send(self, sock, content):
        """Carry bytes to the server."""
        self.count(len(content) + _SEGMENT_SIZE, _SEGMENT_SIZE)
        sock.unsent += len(content)
        sock.free_us = max(sock.free_us, self._clock.us) + len(content) * _BYTE_US
        self._clock.at(sock.free_us, self._sent, sock, content)

    def _sent(self, sock, content):
        sock.unsent -= len(content)
        sock.peer.receive(content)

    def answer(self, line, *arguments):
        """Call `line.bring(*arguments)` after the time of a request; answers keep their order."""
        line.free_us = max(line.free_us, self._clock.us + self._varied("request_s"))
        self._clock.at(line.free_us, line.bring, *arguments)

    def close(self, sock):
        """End a connection from the program's side."""
        if sock.peer:
            self.count(_SEGMENT_SIZE, _SEGMENT_SIZE)

    def _varied(self, name):
        share = 1 + self._chance.uniform(-_VARIES, _VARIES)
        return round(self._usual[name] * share * 1_000_000)


class Line:
    """The server's end of a connection."""

    def __init__(self, network, sock):
        self._network, self._socket = network, sock
        #: The true time at which the last answer arrives.
        self.free_us = 0

    def answer(self, content, is_last=False, cover_size=0):
        """Send an answer with `cover_size` bytes of TLS; the last one closes the connection."""
        self._network.answer(self, content, is_last, cover_size)

    def bring(self, content, is_last, cover_size):
        """Let an answer arrive."""
        self._network.count(_SEGMENT_SIZE, len(content) + _SEGMENT_SIZE + cover_size)
        self._socket.arrived(content)
        if is_last:
            self._socket.ended()
