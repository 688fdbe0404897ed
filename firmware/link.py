"""The link: Wi-Fi, names, time and verified HTTPS, all against one deadline.

Sockets never block: a server that dribbles costs no more than the deadline, and due sensors are
read meanwhile. Everything that goes wrong is an OSError. A key goes out only after the server's
certificate was verified against the CA roots of its uplink. Joining and look-ups are loaded when
they are needed and let go before TLS takes its memory.
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

    The uplinks' CA roots are DER files in `ca_folder`. `idle` is called at least every 100 ms of
    waiting. Deadlines are readings of the RTC in ms. `room` is that of tls_room.py, or [].
    """

    # How much of an answer's body is kept: an uplink may need more.
    answer_size = 1024

    def __init__(self, settings, state, ports, ca_folder, date_min_s, room):
        self.idle = ports.feed
        # More may be added, which are tried last.
        self.wifi_sections = settings["wifi"]
        self._ntp_hosts = settings["time"]["sntp"]
        self._state = state
        self._ports = ports
        self._ca_folder = ca_folder
        self._date_min_s = date_min_s
        self._host_name = settings["node"]["host_name"]
        self._wlan = network.WLAN(network.STA_IF)
        self._poll = select.poll()
        # Whether code of the node's own runs, whose errors are not the network's.
        self._is_own = False
        self._place = None  # (secure, host, port) that the open connection leads to.
        self._socket = self._stream = None
        self._deadline_ms = 0
        self._piece = bytearray(_PIECE_SIZE)
        # A context is the largest object, so it is kept from one connection to the next.
        self._context = None
        self._roots = None  # The files of those that it trusts; None until it trusts them all.
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
        """Close the connection and give up Wi-Fi."""
        self._disconnect()
        try:
            self._wlan.disconnect()
            self._wlan.active(False)
        except (OSError, RuntimeError):
            pass  # It was off already.

    def rssi(self):
        """Return the signal in dBm, 0 if it is not known."""
        try:
            return self._wlan.status("rssi")
        except (OSError, RuntimeError):
            return 0

    # Names and time

    def network_time(self, deadline_ms):
        """Return (rtc_ms, true_ms) of one moment, in ms since 2000-01-01, by SNTP."""
        from network_time import ask

        lookup = self._lookup(deadline_ms)
        return ask(lookup, self._ntp_hosts, self._date_min_s)

    def _lookup(self, deadline_ms):
        from lookup import Lookup

        server = self._wlan.ifconfig()[3]
        return Lookup(self._ports.rtc_ms, deadline_ms, self.idle, server)

    # Exchange

    def exchange(self, request, deadline_ms, ca):
        """Send a request and return its Answer (http/response.py).

        `request` is an http.request.Request; its texts and its body are gone afterwards. `ca`
        names the files of the roots to trust. Each part leaves its room to the next one. Raises
        OSError where the network, the server or the flash fails; any other error of the body or
        of `idle` is the node's own and is raised as it is.
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
            # A server may refuse what it has not read, but not have taken it: that is an answer
            # to something else, or to nothing.
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
        # The reader and its code leave their room.
        return reader.answer()

    def _connect(self, place, ca):
        """Have a connection to the place (secure, host, port): the open one, or a new one."""
        if self._stream and place == self._place:
            self._poll.modify(self._stream, select.POLLIN)
            if not self._poll.poll(0):
                return  # Else the server has closed it, for it owes us no answer.
        self._disconnect()
        ticks = self._ports.rtc_ms() - self._state.zero_ms
        while not self._stream:
            found = self._address(ticks, place[1])
            # TLS takes its memory now.
            free()
            from connection import connect

            context = self._trusting(ca) if place[0] else None
            self._socket, self._stream = connect(
                place, found, context, self._poll, self._pass, self._state
            )
        self._place = place

    def _trusting(self, ca):
        """Return the TLS context that trusts these roots: the last one, or another."""
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
                return  # The next connection has to find it.
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
            count = self._stream.write(view)
            if count:
                view = view[count:]
            else:
                # TLS itself knows whether it waits to send or to receive.
                self._wait(select.POLLIN | select.POLLOUT)
                self._check_time()

    def _check_time(self):
        # Also when the stream is never idle: a byte now and then must not hold us.
        if self._ports.rtc_ms() >= self._deadline_ms:
            raise OSError("no answer in time")

    def _read(self):
        """Return how many bytes have come into the piece, 0 at the end of the stream."""
        while True:
            self._check_time()
            count = self._stream.readinto(self._piece)
            if count is not None:
                return count
            self._wait(select.POLLIN)

    def _read_answer(self, head_request, count):
        """Return the answer; `count` of its bytes are in the piece already, None if none are."""
        if count is None:
            # What reads the answer is loaded when there is one: a row may be kept meanwhile.
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
