"""The link: Wi-Fi, name lookup, time and verified HTTPS, all with one deadline.

Sockets never block: a slow server costs at most the time until the deadline, and due sensors are
read meanwhile. Failures raise OSError. A key is sent only after the server's certificate was
verified against the CA roots of its uplink. The modules for joins and lookups are loaded on demand
and unloaded before TLS allocates its memory.
"""

import gc
import select

import network
from micropython import const
from wherry import free

_STEP_MS = const(50)
_PIECE_SIZE = const(256)


class Link:
    """`settings` is the whole configuration, `state` the stage's.

    The uplinks' CA roots are DER files in `ca_folder`. `idle` is called at least every 100 ms
    while waiting. Deadlines are RTC times in ms. `room` is from tls_room.py, or [].
    """

    # The number of bytes of an answer's body to keep, unless an uplink needs more.
    answer_size = 1024

    def __init__(self, settings, state, ports, ca_folder, date_min_s, room):
        self.idle = ports.feed
        # Networks that a server names are added at the end: see server_requests.py.
        self.wifi_sections = settings["wifi"]
        self.time = settings["time"]
        self.date_min_s = date_min_s
        # The RTC time at which a HEAD was sent.
        self.sent_ms = 0
        self._state = state
        self._ports = ports
        self._ca_folder = ca_folder
        self._host_name = settings["node"]["host_name"]
        self._wlan = network.WLAN(network.STA_IF)
        self._poll = select.poll()
        # True while the node's own code runs: its errors are not network errors.
        self._is_own = False
        self._place = None  # (secure, host, port) of the open connection.
        self._socket = self._stream = None
        self._deadline_ms = 0
        self._piece = bytearray(_PIECE_SIZE)
        # A context is the largest object, so it is kept from one connection to the next.
        self._context = None
        self._roots = None  # The files of its roots; None until all are loaded.
        self._room = room
        self._keep_room()

    # Wi-Fi

    def open(self, deadline_ms):
        """Join Wi-Fi before the deadline."""
        if self._wlan.active() and self._wlan.isconnected():
            return
        networks, state, ports = self.wifi_sections, self._state, self._ports
        import wifi

        wifi.join(self._wlan, self._host_name, networks, state, ports, deadline_ms, self.idle)
        free()

    def close(self):
        """Close the connection and switch Wi-Fi off."""
        self._disconnect()
        try:
            self._wlan.disconnect()
            self._wlan.active(False)
        except (OSError, RuntimeError):
            pass  # It was off already.

    def rssi(self):
        """Return the signal strength in dBm, or 0 if unknown."""
        try:
            return self._wlan.status("rssi")
        except (OSError, RuntimeError):
            return 0

    # Names and time

    def network_time(self, deadline_ms, first):
        """Return (rtc_ms, true_ms, uncertainty_ms, number of the server) of one moment, by SNTP.

        Times are in ms since 2000-01-01. Servers are asked from the number `first` on.
        """
        from network_time import ask

        return ask(self._lookup(deadline_ms), self.time["sntp"], first, self.date_min_s)

    def _lookup(self, deadline_ms):
        from lookup import Lookup

        server = self._wlan.ifconfig()[3]
        return Lookup(self._ports.rtc_ms, deadline_ms, self.idle, server)

    # Exchange

    def exchange(self, request, deadline_ms, ca):
        """Send a request and return its Answer (http/response.py).

        `request` is an http.request.Request; its texts and its body are released. `ca` names the
        files of the roots to trust. Each step is unloaded before the next. Raises OSError if the
        network, the server or the flash fails; any other error of the body or of `idle` is the
        node's own and is raised unchanged.
        """
        body = request.body
        self._is_own = False
        free()
        from wherry.http.head import prepare

        place, head = prepare(request)
        prepare = None
        request.url = request.headers = request.body = None
        free()
        self._deadline_ms = deadline_ms
        try:
            self._connect(place, ca)
            free()
            self._write(head)
            if request.method == "HEAD":
                self.sent_ms = self._ports.rtc_ms()
            early = head = None
            self._is_own = True
            for piece in body:
                self._is_own = False
                early = early or self._stream.readinto(self._piece)
                self._write(piece)
                self._is_own = True
            self._is_own = False
            piece = body = None
            free()
            reader = self._read_answer(request.method == "HEAD", early)
            # A server may refuse a request before reading all of it, but cannot accept it: such an
            # early success answers something else.
            if early and reader.status < 300:
                raise OSError("answered too early")
        except (OSError, ValueError, RuntimeError) as error:
            # TLS raises ValueError for a bad certificate, the radio RuntimeError for its errors.
            self._disconnect()
            self._state.server_due = self._state.lease_due = 0
            import failure

            raise failure.of(error, place[1], self._is_own) from None
        if not reader.keep_alive:
            self._disconnect()
        # Release the reader and its code.
        return reader.answer()

    def _connect(self, place, ca):
        """Use the open connection if it is to `place` (secure, host, port), or open one."""
        if self._stream and place == self._place:
            self._poll.modify(self._stream, select.POLLIN)
            if not self._poll.poll(0):
                return  # The server has not closed it, and no answer is pending.
        self._disconnect()
        ticks = self._ports.rtc_ms() - self._state.zero_ms
        while not self._stream:
            found = self._address(ticks, place[1])
            # TLS allocates its memory next.
            free()
            from connection import connect

            context = self._trusting(ca) if place[0] else None
            self._socket, self._stream = connect(
                place, found, context, self._poll, self._pass, self._state
            )
        self._place = place

    def _trusting(self, ca):
        """Return the TLS context for these roots: the current one, or a new one."""
        if self._roots != ca:
            from connection import new_context, trust

            self._context = self._roots = None
            self._room.clear()
            gc.collect()
            self._context = new_context()
            trust(self._context, [self._ca_folder + "/" + name for name in ca])
            self._roots = ca
        return self._context

    def _address(self, ticks, host):
        from server_address import address

        return address(self._state, ticks, host, self._host)

    def _host(self, name):
        return self._lookup(self._deadline_ms).address(name)

    def _disconnect(self):
        if self._stream:
            self._poll.unregister(self._stream)
            self._stream.close()
        if self._socket:
            self._socket.close()
        self._stream = self._socket = self._place = None
        self._keep_room()

    def _keep_room(self):
        if not (self._room or self._context):
            try:
                import tls_room
            except (OSError, MemoryError):
                return  # The next connection must then find the memory itself.
            self._room = tls_room.kept()

    def _wait(self, events):
        """Wait for the stream; OSError at the deadline."""
        self._poll.modify(self._stream, events)
        while not self._poll.poll(_STEP_MS):
            self._pass()

    def _pass(self):
        self._check_time()
        self._is_own = True
        self.idle()
        self._is_own = False

    def _write(self, data):
        view = memoryview(data)
        while view:
            # A request that ends after the deadline would be stored, and then sent again.
            self._check_time()
            count = self._stream.write(view)
            if count:
                view = view[count:]
            else:
                # TLS itself knows whether it waits to send or to receive.
                self._wait(select.POLLIN | select.POLLOUT)

    def _check_time(self):
        # Checked even if the stream is never idle: single bytes must not extend the deadline.
        if self._ports.rtc_ms() >= self._deadline_ms:
            raise OSError("no answer in time")

    def _read(self):
        """Read into the piece; return the number of bytes, or 0 at the end of the stream."""
        while True:
            self._check_time()
            count = self._stream.readinto(self._piece)
            if count is not None:
                return count
            self._wait(select.POLLIN)

    def _read_answer(self, head_request, count):
        """Read the answer, of which `count` bytes, or None, are already in the piece."""
        if count is None:
            # The reader is loaded only when the answer arrives: rows may need the memory before.
            count = self._read()
        from wherry.http.response import ResponseReader

        reader = ResponseReader(self.answer_size, head_request)
        view = memoryview(self._piece)
        while True:
            if count:
                reader.feed(view[:count])
            else:
                reader.eof()
            self._check_time()
            if reader.done:
                return reader
            count = self._read()
