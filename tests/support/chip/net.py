"""Replaces the chip's `socket`, `select`, `network` and `tls` with a scripted network.

For MicroPython. A connection's script lists the input from the server: text, None for a wait
without input, "" for the end, "drop" for a reset, "sent" to wait until a request with a body was
sent, "full" for a wait in which it accepts nothing, "refused" for no connection, "refused later"
for a connection that is refused during the wait for it.
"""

from errno import EAGAIN, ECONNRESET, EINPROGRESS

from stands import Clock, stand_in

WIFI = ["192.168.4.23", "255.255.255.0", "192.168.4.1", "192.168.4.53"]
ADDRESS = bytes((10, 1, 2, 3))


def dns_answer(query):
    """Return the answer that has ADDRESS for a host."""
    head = query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0"
    return head + query[12:] + b"\xc0\x0c\0\1\0\1\0\0\1\0\0\4" + ADDRESS


class Net:
    """`scripts` are for the next connections; `log` has the calls, in order.

    `delays_ms` are the delays of the next UDP answers, None for a lost one; `answer(packet, port)`
    creates them. A socket accepts `piece` bytes at most. `connect_ms` is how long each connection
    takes, or a list for the next ones.
    """

    AF_INET, SOCK_DGRAM = 2, 1
    scripts, log, delays_ms = [], [], []
    piece = 1 << 16
    connect_ms = 0
    answer = None

    @staticmethod
    def getaddrinfo(host, port):
        return [(0, 0, 0, "", (host, port))]

    @staticmethod
    def socket(*kind):
        return Datagrams() if kind else Stream()


class Datagrams:
    """A UDP socket."""

    waiting = ()

    def setblocking(self, on):
        self.blocks = on

    def sendto(self, packet, address):
        Net.log.append(["asked", address[0], address[1], Clock.now_ms])
        delay_ms = Net.delays_ms.pop(0) if Net.delays_ms else None
        if delay_ms is not None:
            self.waiting = (Clock.now_ms + delay_ms, Net.answer(bytes(packet), address[1]))

    def recvfrom(self, size):
        if not self.waiting or Clock.now_ms < self.waiting[0]:
            raise OSError(EAGAIN)
        (_, packet), self.waiting = self.waiting, ()
        return packet[:size], None

    def close(self):
        Net.log.append(["closed"])


class Stream:
    """A TCP socket, and the base of a TLS one."""

    def __init__(self):
        self.script = Net.scripts.pop(0)
        self.sent = b""
        self.ready_ms = 0
        self.is_asked = self.is_closed = False

    def setblocking(self, on):
        self.blocks = on

    def connect(self, address):
        Net.log.append(["connect", address[0], address[1]])
        takes_ms = Net.connect_ms
        self.ready_ms = Clock.now_ms + (takes_ms.pop(0) if type(takes_ms) is list else takes_ms)
        if self.script[:1] == ["refused"]:
            raise OSError(ECONNRESET)
        raise OSError(EINPROGRESS)

    def write(self, view):
        self.is_asked = True
        if self.script[:1] == ["full"]:
            return None
        data = bytes(view[: Net.piece])
        self.sent += data
        return len(data)

    def takes(self):
        is_full = self.is_asked and self.script[:1] == ["full"]
        return Clock.now_ms >= self.ready_ms and not is_full

    def is_ready(self):
        if Clock.now_ms < self.ready_ms:
            return False
        return bool(self.script) and self.script[0] not in (None, "full", "sent")

    def readinto(self, buffer):
        if self.script[:1] == ["sent"] and self.sent.endswith(b"\r\n\r\nbody"):
            self.script.pop(0)
        if not self.is_ready():
            return None
        if self.script[0] == "drop":
            raise OSError(ECONNRESET)
        data = self.script.pop(0).encode()
        buffer[: len(data)] = data
        return len(data)

    def close(self):
        if not self.is_closed:
            Net.log.append(["closed", str(self.sent, "utf-8")])
        self.is_closed = True


class Poll:
    """A poll on a stream: a wait without an event lasts its whole time."""

    POLLIN, POLLOUT, POLLERR, POLLHUP = 1, 4, 8, 16

    def __init__(self):
        self.streams = {}

    def register(self, stream, events):
        self.streams[id(stream)] = [stream, events]

    def unregister(self, stream):
        del self.streams[id(stream)]

    def modify(self, stream, events):
        self.streams[id(stream)][1] = events

    def poll(self, wait_ms):
        for stream, events in self.streams.values():
            if stream.is_ready() or (events & self.POLLOUT and stream.takes()):
                is_refused = stream.script[:1] == ["refused later"]
                return [(stream, self.POLLERR if is_refused else events)]
            if wait_ms and stream.script and stream.script[0] in (None, "full"):
                stream.script.pop(0)
        Clock.sleep_ms(wait_ms)
        return []


class Select:
    POLLIN, POLLOUT, POLLERR, POLLHUP = 1, 4, 8, 16
    poll = Poll


class Tls:
    """`contexts` are all contexts created."""

    PROTOCOL_TLS_CLIENT, CERT_REQUIRED = 0, 2
    contexts = []

    class SSLContext:
        def __init__(self, protocol):
            self.verify_mode, self.roots = 0, []
            Tls.contexts.append(self)

        def load_verify_locations(self, data):
            self.roots.append(str(data, "utf-8"))

        def wrap_socket(self, sock, server_hostname, do_handshake_on_connect):
            Net.log.append(["tls", server_hostname, do_handshake_on_connect, self.verify_mode])
            return Secure(sock)


class Secure:
    """A TLS stream on a socket."""

    def __init__(self, sock):
        self._sock = sock

    def __getattr__(self, name):
        return getattr(self._sock, name)

    def close(self):
        Net.log.append(["closed tls"])


class Station:
    """The chip's WLAN: `active` and `joined` are its answers."""

    on = joined = True
    fails = None

    def __init__(self, interface):
        pass

    def active(self, on=None):
        self._check()
        if on is not None:
            Net.log.append(["active", on])
            Station.on = on
        return Station.on

    def isconnected(self):
        return Station.joined

    def disconnect(self):
        self._check()
        Net.log.append(["left"])
        Station.joined = False

    def config(self, reconnects):
        pass

    def ifconfig(self, how=None):
        return WIFI

    def status(self, what):
        self._check()
        return -61

    def _check(self):
        if Station.fails:
            raise Station.fails


class Network:
    STA_IF, STAT_IDLE, STAT_CONNECTING = 0, 1000, 1001
    WLAN = Station

    @staticmethod
    def hostname(name):
        pass


def use():
    """Install all these replacements."""
    stand_in(time=Clock, socket=Net, select=Select, network=Network, tls=Tls)
