"""The state that every open tab shows, read once for all tabs, and the actions of their switches.

One task polls; blocking calls run in threads. Without an open tab it does almost nothing.
"""

import asyncio
import logging
import sqlite3
import time
from collections import Counter
from contextlib import suppress

from wherry_host.errors import ToolError
from wherry_host.page import answers
from wherry_host.page.boards import grouped, title
from wherry_host.page.fleet import Fleet
from wherry_host.page.history import History
from wherry_host.page.panel_now import PanelNow

_log = logging.getLogger(__name__)

REQUESTS_COUNT = 12
# The longest pause between two polls, for changes without a commit, and the shortest.
_POLL_S = 0.25
_IDLE_POLL_S = 2
_REST_S = 0.05
_STATES_S = 1


class Feed:
    """The state of the page; `service` is a `server.service.Service`.

    Attributes: fleet, history, panel (a PanelNow or None), states ({word: number of boards}),
    request_id (the newest request's id, or 0), trouble (an error message, or "").
    """

    def __init__(self, service):
        self._service = service
        self._views = set()
        self._woken = asyncio.Event()
        self._states_s = 0
        self._is_stopping = False
        self.history = History(service.db)
        self.fleet = Fleet(self.history)
        self.panel, self.states = None, Counter()
        self._requests, self.request_id = {}, 0
        self.trouble = ""
        # (devices, the panel's place, their Boards, each device's Board). A thread and the loop
        # use this tuple at the same time, so it is replaced as a whole.
        self._grouped = None, None, [], {}

    # For the views

    @property
    def place(self):
        """The address that the nodes send to, without the key."""
        return self._service.endpoint

    def masked(self, text):
        """Return a text with the key masked, which escapes may have hidden from the store."""
        return self._service.store.masked(text)

    def now_us(self):
        """Return true Unix time in microseconds."""
        return self._service.clock.now_us()

    def answers(self):
        """Return the server's current answer: one of answers.WORDS, or "other"."""
        return answers.word_of(self.faults())

    def pace(self):
        """Return (true seconds per host second, microseconds by which true time is ahead)."""
        clock = self._service.clock
        return clock.scale, clock.now_us() - time.time_ns() // 1000

    def boards(self, text=""):
        """Return the Boards that match a search text, or all Boards if it is empty."""
        boards, _ = self._grouping()
        words = text.lower().split()
        return [board for board in boards if board.matches(words)] if words else boards

    def _grouping(self):
        """Return all Boards, and {key of a Device: its Board}."""
        panel = self.panel
        place = (panel.name, panel.uplinks) if panel else ("", ())
        devices = self.fleet.devices
        known_devices, known_place, boards, board_of = self._grouped
        # Devices are never modified: they are replaced, together with their dict.
        if known_devices is not devices or known_place != place:
            boards = grouped(devices.values(), *place)
            board_of = {key: board for board in boards for key in board.keys}
            self._grouped = devices, place, boards, board_of
        return boards, board_of

    def title(self, device):
        """Return the name of a Device's board, with the service if the board sends to several."""
        board = self._grouping()[1][device.key]
        return board.name if len(board.devices) == 1 else f"{board.name} · {title(device.api)}"

    def panel_of(self, device):
        """Return the panel if a Device belongs to its node, else None."""
        return self.panel if self.panel and device.key in self.panel.uplinks else None

    def live_account(self, device):
        """Return the panel's account if this is the Device of its first uplink, else None."""
        is_first = self.panel is not None and self.panel.uplinks[0] == device.key
        return self.panel.account if is_first else None

    def state(self, board):
        """Return (word, detail). The panel knows its node's state; other states are inferred."""
        if board.is_own:
            return self.panel.state
        return board.state(self.now_us()), ""

    def requests_of(self, place):
        """Return the newest requests of a device (api, device), or of all devices for None.

        Return None if they have not been read yet; they are read for the `place` of each view.
        """
        return self._requests.get(place)

    def join(self, view):
        """Add a view to the views that are updated."""
        self._views.add(view)
        self.wake()

    def leave(self, view):
        """Forget a view whose tab is closed."""
        self._views.discard(view)

    def wake(self):
        """Poll immediately."""
        self._woken.set()

    def faults(self):
        """Return the faults that may still strike."""
        return self._service.faults.all()

    def shadow(self, device):
        """Return the shadow of a device, or None if its service keeps none."""
        api = self._api_of(device)
        return api and api.shadow(device.name)

    # Switches

    def desire(self, device, desired):
        """Replace the owner's desired state of a device with a shadow; raises ValueError."""
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
        """Switch the server to one of answers.WORDS; all other faults end."""
        panel = self._service.panel
        if panel is not None and panel.taken is not None:
            panel.taken()
        await self._service.put_faults(answers.FAULTS[word])
        if word == "silence":
            # Open connections would continue to work, because wire faults strike only new ones.
            self._service.proxy.cut()
        self.wake()

    async def press(self, action):
        """Run an action on the panel in a thread; if it fails, `trouble` has the error."""
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
        """Poll until `stop`, then close the file, because no thread reads it any more."""
        loop = asyncio.get_running_loop()
        self._service.store.on_commit = lambda: loop.call_soon_threadsafe(self._note_commit)
        while not self._is_stopping:
            # The file is locked by another process; the next poll reads it, and nothing is lost.
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
        """Let `run` end after the current poll."""
        self._is_stopping = True
        self.wake()

    async def _poll(self):
        changed, self.panel = await asyncio.to_thread(self._read)
        for view in tuple(self._views):
            try:
                await view.update(changed)
            except Exception:
                # An error in one tab must not stop the other tabs.
                self.leave(view)
                _log.exception("a tab of the page is updated no more")

    def _read(self):
        """Return the keys of the changed devices, and a PanelNow or None."""
        changed = self.fleet.refresh()
        if self._views:
            self._read_for_views()
        panel = self._service.panel
        return changed, PanelNow.of(panel) if panel else None

    def _read_for_views(self):
        self._read_requests()
        if time.monotonic() - self._states_s > _STATES_S:
            self.states = Counter(self.state(board)[0] for board in self.boards())
            self._states_s = time.monotonic()

    def _read_requests(self):
        newest = self.history.requests(1)
        request_id = newest[0]["id"] if newest else 0
        known = self._requests if request_id == self.request_id else {}
        self._requests = {
            place: known[place] if place in known else self.history.requests(REQUESTS_COUNT, place)
            for place in {view.place for view in tuple(self._views)}
        }
        self.request_id = request_id
