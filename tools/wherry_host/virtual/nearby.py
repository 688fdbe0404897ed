"""Names and time for a board that has no server: two responders in one thread.

Every name resolves to 127.0.0.1, to which all addresses of a virtual board lead. The time is the
board's virtual clock.
"""

import asyncio
import threading

from wherry_host.server.dns import DnsServer
from wherry_host.server.sntp import SntpServer


class Nearby:
    """While inside `with`, `ports` is {53: port, 123: port} on loopback, as in Options.ports."""

    def __init__(self, clock):
        self._responders = {53: DnsServer(), 123: SntpServer(clock)}
        self.ports = {named: responder.port for named, responder in self._responders.items()}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        for responder in self._responders.values():
            asyncio.run_coroutine_threadsafe(responder.start(), self._loop).result()
        return self

    def __exit__(self, *_):
        for responder in self._responders.values():
            self._loop.call_soon_threadsafe(responder.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
