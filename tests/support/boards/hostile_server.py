"""A TLS server with a good certificate that misbehaves: one action of a script per connection.

It forwards each accepted request to the real server, byte for byte, so that the account can be
settled there; after the script it only forwards.
"""

import select
import socket
import ssl
import struct
import threading
from contextlib import suppress

from support.boards.listener import OpenPort
from wherry.http.response import ResponseReader

# A board that is quiet for this long sends no further request before its next upload.
QUIET_S = 1.6
_PATIENCE_S = 10
_PARTS = 2
_ANSWER_COUNT_MAX = 4
_LAST_CHUNK = b"\r\n0\r\n\r\n"


class Wire:
    """One connection to the board, in both directions. All methods raise OSError at its end."""

    def __init__(self, server, raw, greeting=b""):
        """Do the handshake, and send a `greeting` in the same segment as its end."""
        self.server = server
        self.heard = b""
        self._raw = raw
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.settimeout(_PATIENCE_S)
        # TLS between two buffers, so that records can be split and bytes inserted between them.
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = server.context.wrap_bio(self._in, self._out, server_side=True)
        self._pump(self._tls.do_handshake)
        self.say(greeting)

    def _pump(self, call):
        """Repeat a call until it returns; pending bytes are sent before each wait."""
        while True:
            try:
                return call()
            except ssl.SSLWantReadError:
                self.say_below(self._out.read())
                self._in.write(self._received())

    def _received(self):
        piece = self._raw.recv(65536)
        if not piece:
            raise OSError("the board has hung up")
        return piece

    def head(self):
        """Return the bytes of the next request up to its empty line."""
        while b"\r\n\r\n" not in self.heard:
            self._hear()
        return self.heard.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    def request(self):
        """Return the bytes of the next request."""
        head = self.head()
        _, _, length = head.lower().partition(b"content-length:")
        if length:
            size = len(head) + int(length.split()[0])
            while len(self.heard) < size:
                self._hear()
        else:
            while _LAST_CHUNK not in self.heard:
                self._hear()
            size = self.heard.index(_LAST_CHUNK) + len(_LAST_CHUNK)
        request, self.heard = self.heard[:size], self.heard[size:]
        return request

    def _hear(self):
        self.heard += self._pump(lambda: self._tls.read(65536))

    def asks_within(self, true_s):
        """Return True if the board sends anything within `true_s` seconds of true time.

        The wait is split into parts, so that a stall of this computer cannot use up all of it.
        """
        self._raw.settimeout(true_s / self.server.clock.scale / _PARTS)
        try:
            return any(self._asks() for _ in range(_PARTS))
        finally:
            self._raw.settimeout(_PATIENCE_S)

    def _asks(self):
        try:
            self._hear()
        except TimeoutError:
            return False
        return True

    def has_asked(self):
        """Return True if bytes from the board have already arrived."""
        return bool(select.select([self._raw], [], [], 0)[0])

    def take(self):
        """Forward the next request to the real server; return its answer."""
        return self.server.hand_on(self.request())

    def say(self, octets):
        """Send `octets` over TLS."""
        self.say_below(self.sealed(octets) if octets else self._out.read())

    def sealed(self, octets):
        """Return the TLS records of `octets`, without sending them."""
        self._tls.write(octets)
        return self._out.read()

    def say_below(self, octets):
        """Send raw bytes over TCP, below TLS."""
        self._raw.sendall(octets)

    def await_bytes(self):
        """Wait until the board sends any bytes."""
        self._received()

    def await_end(self):
        """Wait until the board closes the connection."""
        while True:
            self._hear()

    def say_goodbye(self):
        """End the connection as TLS requires."""
        with suppress(ssl.SSLError):
            self._tls.unwrap()
        self.say_below(self._out.read())

    def vanish(self):
        """End the TCP connection without TLS's goodbye."""
        self._raw.shutdown(socket.SHUT_RDWR)

    def reset(self):
        """Break off with a TCP reset."""
        self._raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._raw.close()


class HostileServer(OpenPort):
    """`actions` are functions of a Wire, one per connection; `leaf` is a key and chain as PEM.

    `ended` holds (action, true Unix us of its beginning and of its end); `mistakes` are the test's
    own errors. `good_port`, where the real server listens, and `clock` must be set before the
    board starts.
    """

    def __init__(self, folder, leaf, actions=()):
        path = folder / "hostile.pem"
        path.write_bytes(leaf)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(path)
        self.clock = self.good_port = None
        self.ended = []
        self.mistakes = []
        self._actions = iter(actions)
        self._over = threading.Event()
        super().__init__()

    def _run(self):
        for action in self._all_actions():
            try:
                raw, _ = self._socket.accept()
            except OSError:
                return  # The port was freed.
            begin_us = self.clock.now_us()
            with raw:
                self._do(action, raw)
            self.ended.append((action, begin_us, self.clock.now_us()))

    def _all_actions(self):
        yield from self._actions
        self._over.set()
        while True:
            yield behaves

    def _do(self, action, raw):
        try:
            action(Wire(self, raw, getattr(action, "greeting", b"")))
        except OSError:
            pass  # The board has closed the connection, as most actions expect.
        except Exception as error:  # An error of the test must not count as an action.
            self.mistakes.append(repr(error))

    def hand_on(self, request):
        """Forward a request to the real server; return the bytes of its answer."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        answer, reader = b"", ResponseReader()
        with (
            socket.create_connection(("127.0.0.1", self.good_port), _PATIENCE_S) as raw,
            context.wrap_socket(raw) as tls,
        ):
            tls.sendall(request)
            while not reader.done:
                piece = tls.recv(65536)
                reader.feed(piece)
                answer += piece
        return answer

    def wait(self, timeout_s):
        """Wait for the end of the script, in host seconds."""
        assert self._over.wait(timeout_s), ("the script did not end", self.ended[-3:])


def behaves(wire):
    """Answer as the real server does, a few times or until the board is quiet; then hang up."""
    for _ in range(_ANSWER_COUNT_MAX):
        wire.say(wire.take())
        if not wire.asks_within(QUIET_S):
            break
    wire.say_goodbye()
