"""A UDP responder on a free loopback port, the common part of the SNTP and DNS servers."""

import asyncio
import socket


class Responder(asyncio.DatagramProtocol):
    """Answers datagrams with the result of `reply(request)`; None means no answer.

    `switches` is a pydantic model of the service's faults. `count` counts requests. `troubled_us`
    has the time, by `now_us`, of each request that came while a switch was on.
    """

    def __init__(self, switches, now_us=lambda: 0):
        self.switches = switches
        self._unswitched, self._now_us = switches.model_copy(), now_us
        self.count = 0
        self.troubled_us = []
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._transport = None

    async def start(self):
        """Serve in the running event loop."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=self._socket)

    def stop(self):
        """Close the port."""
        if self._transport is not None:
            self._transport.close()
        else:
            self._socket.close()

    def datagram_received(self, data, addr):
        self.count += 1
        if self.switches != self._unswitched:
            self.troubled_us.append(self._now_us())
        if not self.switches.dead:
            self.respond(data, addr)

    def respond(self, request, address):
        """Answer one request immediately; a responder with a delay overrides this method."""
        self.send(self.reply(request), address)

    def send(self, reply, address):
        """Send a reply, unless it is None or the port is closed already."""
        if reply is not None and not self._transport.is_closing():
            self._transport.sendto(reply, address)
