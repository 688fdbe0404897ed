"""The network behind the access point: name server, time server, TCP connections to servers.

docs/energy.md lists the usual durations; each varies by chance.
"""

# The bytes of a handshake up and down, for a chain of two ECDSA certificates: docs/energy.md.
_SHAKE_UP_SIZE, _SHAKE_DOWN_SIZE = 360, 2_300
_DATAGRAM_SIZE = 28
_SEGMENT_SIZE = 40
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
        self.shake_count = self.connection_count = 0

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
        self.connection_count += 1
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

    def close(self, sock):
        """End a connection from the program's side."""
        if sock.peer:
            self.count(_SEGMENT_SIZE, _SEGMENT_SIZE)

    def _varied(self, name):
        share = 1 + self._chance.uniform(-_VARIES, _VARIES)
        return round(self._usual[name] * share * 1_000_000)


class Line:
    """The server's end of a connection: it sends after the time of a request."""

    def __init__(self, network, sock):
        self._network, self._socket = network, sock

    def answer(self, content, is_last=False):
        """Send an answer, and close the connection if it is the last."""
        network = self._network
        network._clock.after(network._varied("request_s"), self._bring, content, is_last)

    def _bring(self, content, is_last):
        self._network.count(_SEGMENT_SIZE, len(content) + _SEGMENT_SIZE)
        self._socket.arrived(content)
        if is_last:
            self._socket.ended()
