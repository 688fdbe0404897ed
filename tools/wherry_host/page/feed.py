"""What every open tab shows, read once for all of them, and the switches they press.

One task polls; whatever may block is done in threads. Without an open tab it hardly does anything.
"""

import asyncio
import logging
import sqlite3
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from wherry_host.errors import ToolError
from wherry_host.page.fleet import Device, Fleet
from wherry_host.page.history import History
from wherry_host.server.faults import Fault

_log = logging.getLogger(__name__)

REQUESTS_COUNT = 12
# The longest rest between two looks, for what no commit tells of, and the shortest.
_POLL_S = 0.25
_IDLE_POLL_S = 2
_REST_S = 0.05
_STATES_S = 1
_SERVER_FAULTS = {
    "ok": [],
    "429": [{"kind": "status", "status": 429, "retry_after_s": 5}],
    "500": [{"kind": "status", "status": 500}],
    "silence": [{"kind": "silence"}],
}
ANSWERS = tuple(_SERVER_FAULTS)


@dataclass(frozen=True)
class PanelNow:
    """A look at a demo.panel.Panel, which shows and switches a node of this process."""

    device: str
    state: tuple
    account: dict
    wifi: bool
    powered: bool
    speed: float

    @classmethod
    def of(cls, panel):
        """Ask a panel for everything; it may take some milliseconds."""
        state, account = panel.state(), panel.account()
        return cls(panel.device, state, account, panel.wifi, panel.powered, panel.speed)


class Feed:
    """Attributes: fleet, history, requests (the newest first), panel (a PanelNow or None), states
    ({word: devices}), trouble (a text); `service` is a `server.service.Service`."""

    def __init__(self, service):
        self._service = service
        self._views = set()
        self._woken = asyncio.Event()
        self._states_s = 0
        self._is_stopping = False
        self.history = History(service.db)
        self.fleet = Fleet(self.history)
        self.requests, self.panel, self.states = [], None, {}
        self.trouble = ""

    # For the views

    @property
    def place(self):
        """Where the nodes send to; the key is not part of it."""
        return self._service.endpoint

    def masked(self, text):
        """Return a text without the key, for one that was only hidden in what the store masked."""
        return self._service.store.masked(text)

    def now_us(self):
        """Return true Unix time in microseconds."""
        return self._service.clock.now_us()

    def answers(self):
        """Return what the server does now: one of ANSWERS or, with other faults, "other"."""
        now = [_plain(fault) for fault in self.faults()]
        plain = {word: [Fault(**each) for each in on] for word, on in _SERVER_FAULTS.items()}
        return next((word for word, on in plain.items() if list(map(_plain, on)) == now), "other")

    def devices(self, text=""):
        """Return the devices that a text finds; the panel's node needs no delivery for that."""
        found = self.fleet.find(text) if text else self.fleet.devices()
        name = self.panel.device if self.panel else None
        if name is None or any(device.name == name for device in self.fleet.devices()):
            return found
        return [Device("", name), *found]

    def has_panel(self, device):
        """Tell whether a device is the node of the panel."""
        return self.panel is not None and self.panel.device == device.name

    def state(self, device):
        """Return (word, detail): the panel knows that of its node, the server infers others."""
        if self.has_panel(device):
            return self.panel.state
        return device.state(self.now_us())

    def join(self, view):
        """Let a view be updated from now on."""
        self._views.add(view)
        self.wake()

    def leave(self, view):
        """Forget a view whose tab is closed."""
        self._views.discard(view)

    def wake(self):
        """Poll at once."""
        self._woken.set()

    def faults(self):
        """Return the faults that still may strike."""
        return self._service.faults.all()

    def shadow(self, device):
        """Return the shadow of a device, None where its service keeps none."""
        api = self._api_of(device)
        return api and api.shadow(device.name)

    # Switches

    def desire(self, device, desired):
        """Replace what an owner desires of a device with a shadow; raises ValueError."""
        self._api_of(device).desire(device.name, desired, self.now_us())
        self.wake()

    def _api_of(self, device):
        found = (api for api in self._service.apis.values() if api.name == device.api)
        return next(found, None)

    async def put_faults(self, faults):
        """Replace all faults."""
        await self._service.put_faults(faults)
        self.wake()

    async def answer_with(self, word):
        """Switch the server to one of ANSWERS; every other fault ends."""
        panel = self._service.panel
        if panel is not None and panel.taken is not None:
            panel.taken()
        await self._service.put_faults(_SERVER_FAULTS[word])
        if word == "silence":
            # Connections that are open would go on: the wire's faults strike new ones only.
            self._service.proxy.cut()
        self.wake()

    async def press(self, action):
        """Do something to the panel in a thread; what went wrong is then in `trouble`."""
        panel = self._service.panel
        if panel is None:
            return
        try:
            await asyncio.to_thread(action, panel)
            self.trouble = ""
        except ToolError as error:
            self.trouble = str(error)
        self.wake()

    # Polling

    async def run(self):
        """Poll until `stop`, then close the file, which no thread reads any more."""
        loop = asyncio.get_running_loop()
        self._service.store.on_commit = lambda: loop.call_soon_threadsafe(self._note_commit)
        while not self._is_stopping:
            # A file that another process locks is asked again; nothing is lost by it.
            with suppress(sqlite3.Error):
                await self._poll()
            await asyncio.sleep(_REST_S)
            with suppress(TimeoutError):
                interval_s = _POLL_S if self._views else _IDLE_POLL_S
                await asyncio.wait_for(self._woken.wait(), interval_s)
            self._woken.clear()
        self._service.store.on_commit = None
        self.history.close()

    def _note_commit(self):
        if self._views:
            self.wake()

    def stop(self):
        """Let `run` end after the poll that is under way."""
        self._is_stopping = True
        self.wake()

    async def _poll(self):
        changed, self.panel = await asyncio.to_thread(self._read)
        for view in tuple(self._views):
            try:
                await view.update(changed)
            except Exception:
                # A fault of ours in one tab must not stop the others.
                self.leave(view)
                _log.exception("a tab of the page is updated no more")

    def _read(self):
        """Return what changed, and a look at the panel."""
        changed = self.fleet.refresh()
        if self._views:
            self._read_for_views()
        panel = self._service.panel
        return changed, PanelNow.of(panel) if panel else None

    def _read_for_views(self):
        newest = self.history.requests(1)
        if newest and newest[0]["id"] != (self.requests[0]["id"] if self.requests else None):
            self.requests = self.history.requests(REQUESTS_COUNT)
        if time.monotonic() - self._states_s > _STATES_S:
            self.states = Counter(self.state(device)[0] for device in self.fleet.devices())
            self._states_s = time.monotonic()


def _plain(fault):
    """Return what a fault does, without how often and what it tells of coming again."""
    return fault.model_dump(exclude={"struck", "times", "retry_after_s"})
