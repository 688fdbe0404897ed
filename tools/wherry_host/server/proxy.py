"""A TCP relay in front of the server, for the faults that only a wire can have.

It sees ciphertext, so a cut or a dribble affects the TLS handshake like everything else. A fault
is drawn once per connection, when it opens. Waits are in true time, which is the clients' time.
"""

import asyncio

from wherry_host.server.faults import Fault
from wherry_host.server.listening import LOOPBACK, bound_sockets

_PIECE_SIZE = 65536
# The time for which one direction may continue after the other direction has ended.
_LINGER_S = 1.0
_CUT = Fault(kind="cut")


class Proxy:
    """Relays connections on `port` of loopback and of `host` to `origin_port`.

    It must be used inside one event loop.
    """

    def __init__(self, origin_port, faults, clock, port=0, host=LOOPBACK):
        self._origin_port = origin_port
        self._faults = faults
        self._clock = clock
        self._host = host
        self._sockets = bound_sockets(port, host)
        self.port = self._sockets[0].getsockname()[1]
        self._servers = []
        self._connections = {}
        #: The number of connections opened so far.
        self.connection_count = 0
        #: (begin_us, end_us) in true Unix us of the spans in which a fault closed the port; the
        #: end of the last span is None while it lasts.
        self.closed_us = []

    async def start(self):
        """Open the port, unless a fault closes it."""
        await self.refresh()

    async def refresh(self):
        """Open or close the port as the current faults require."""
        refuses = self._faults.refuses()
        if refuses and self._servers:
            self._close()
            # A bound socket that does not listen refuses clients and keeps the port reserved.
            self._sockets = bound_sockets(self.port, self._host)
            self.closed_us.append((self._clock.now_us(), None))
        elif not refuses and not self._servers:
            for each in self._sockets:
                self._servers.append(await asyncio.start_server(self._open, sock=each))
            if self.closed_us:
                self.closed_us[-1] = self.closed_us[-1][0], self._clock.now_us()

    async def stop(self):
        """Close the port and every connection."""
        self._close()
        for each in self._sockets:
            each.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _close(self):
        for server in self._servers:
            server.close()
        self._servers = []

    def cut(self, origin_port=None):
        """Close the connection that reaches the server from `origin_port`, or all of them.

        If all are closed, that is a strike for each: any of them may lose an answer.
        """
        for connection in list(self._connections.values()):
            if origin_port is None:
                self._faults.note(_CUT)
            if origin_port in (None, connection.origin_port):
                connection.abort()

    def _open(self, reader, writer):
        self.connection_count += 1
        connection = _Connection(reader, writer, self._clock, self._faults)
        task = asyncio.ensure_future(self._run(connection))
        self._connections[task] = connection
        task.add_done_callback(self._connections.pop)

    async def _run(self, connection):
        try:
            await connection.run(self._origin_port)
        except OSError:
            # Either side may vanish at any moment, which is what this file is for.
            pass
        finally:
            connection.abort()


class _Connection:
    """One client and its connection to the server."""

    def __init__(self, reader, writer, clock, faults):
        self.origin_port = None
        self._faults = faults
        self._client = (reader, writer)
        self._writers = [writer]
        self._clock = clock

    async def run(self, origin_port):
        fault = self._faults.strike_connection()
        kind = fault.kind if fault else None
        if kind == "silence":
            await self._swallow()
        elif kind == "garbage":
            await self._babble(self._faults.random_bytes(fault.size))
        else:
            await self._relay(origin_port, fault)

    def abort(self):
        for writer in self._writers:
            writer.transport.abort()

    async def _swallow(self):
        while await self._client[0].read(_PIECE_SIZE):
            pass

    async def _babble(self, garbage):
        # The client must send first: before that, it may not have finished connecting.
        await self._client[0].read(_PIECE_SIZE)
        self._client[1].write(garbage)
        self._client[1].write_eof()
        await asyncio.wait_for(self._swallow(), _LINGER_S)

    async def _relay(self, origin_port, fault):
        origin = await asyncio.open_connection("127.0.0.1", origin_port)
        self._writers.append(origin[1])
        self.origin_port = origin[1].get_extra_info("sockname")[1]
        pumps = [
            asyncio.ensure_future(self._pump(self._client[0], origin[1], _only(fault, "up"))),
            asyncio.ensure_future(self._pump(origin[0], self._client[1], _only(fault, "down"))),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(pumps, timeout=_LINGER_S)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, reader, writer, fault):
        passed = 0
        while piece := await reader.read(_PIECE_SIZE):
            start = passed
            passed += len(piece)
            if fault is None or passed < fault.after_size:
                await _send(writer, piece)
                continue
            healthy_size = max(0, fault.after_size - start)
            await _send(writer, piece[:healthy_size])
            await self._break(fault, piece[healthy_size:], writer)
        if not writer.is_closing():
            writer.write_eof()

    async def _break(self, fault, piece, writer):
        """Apply the fault to this piece; the caller does the same with all later pieces."""
        self._faults.note(fault)
        if fault.kind == "cut":
            self.abort()
            return
        if fault.kind == "stall":
            await asyncio.Event().wait()
        for index in range(len(piece)):
            await _send(writer, piece[index : index + 1])
            await asyncio.sleep(fault.interval_ms / 1000 / self._clock.scale)


async def _send(writer, piece):
    if writer.is_closing():
        return
    try:
        writer.write(piece)
        await writer.drain()
    except ConnectionError:
        # The receiver is gone. The sender is still read, because otherwise a reset would destroy
        # the answer that the receiver left for it.
        pass


def _only(fault, direction):
    return fault if fault is not None and fault.direction == direction else None
