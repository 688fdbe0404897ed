"""A node on a virtual board as the page shows and controls it: state, account and buttons.

The node's activity comes from its board's lines and events, its delivered points from the server's
table. Each poll reads only new lines and points, so its cost does not grow with the run.
"""

import threading
from collections import deque
from contextlib import contextmanager

from wherry_host.console_text import DELIVERED, LATER, TIME_KNOWN, rows_in
from wherry_host.demo.outages import Outages
from wherry_host.demo.panel_table import Table

SPEED_MIN, SPEED_MAX = 0.1, 20

_PROGRAM_ENDS = ("cut", "reset", "crash", "gone")
# A shorter sleep is a restart, not a pause.
_REST_MS_MIN = 1000
# A node is late if it has delivered nothing for _LATE_US plus twice the median of its last
# _PAUSES pauses.
_PAUSES = 9
_LATE_US = 1_000_000


class Panel:
    """The node named `name` on a VirtualBoard, whose points come to the table `db` (path).

    `uplinks` are the places (api, device) to which it sends; its account is the account of the
    first. `units` are {channel: unit} of its configuration. `taken` is called when the user
    presses a button. The presses are queued as strings in `presses`, to be removed from the left.
    The buttons raise VirtualBoardError if the board is gone.
    """

    def __init__(self, board, clock, db, name, uplinks, units):
        self.name, self.uplinks, self.units = name, tuple(uplinks), units
        self.taken = None
        self.presses = deque()
        self._board, self._clock = board, clock
        self._voice = _Voice(board)
        self._outages = Outages(board)
        self._table = Table(db, *self.uplinks[0])
        self._looking, self._switching = threading.Lock(), threading.Lock()
        self._in_reach = True

    # Its activity

    def state(self):
        """Return (word, detail), such as ("overdue", "37 readings waiting")."""
        with self._looking:
            self._voice.listen()
            word = self._word()
        if word in ("no Wi-Fi", "clock unknown", "overdue"):
            count = self.account()["waiting"]
            if word == "overdue" and not count:
                return "sampling", ""
            return word, f"{count:,} reading{'' if count == 1 else 's'} waiting"
        return word, ""

    def _word(self):
        voice = self._voice
        if not self._board.powered:
            return "no power"
        if voice.asleep or voice.starting:
            return "sleeping" if voice.asleep else "starting"
        # The node itself detects this only when an exchange times out.
        if not self._board.wifi_up:
            return "no Wi-Fi"
        if not voice.clock_known:
            return "clock unknown"
        is_late = voice.trouble or voice.is_overdue(self._clock.now_us())
        return "overdue" if is_late else "sampling"

    def account(self):
        """Return readings by place; set-aside or dropped ones count once the node reports them."""
        with self._looking:
            self._voice.listen()
            table = self._table
            table.look()
            gone = {"set_aside": table.set_aside, "thinned": 0, "dropped": table.dropped}
            settled = table.delivered + sum(gone.values())
            # A point may arrive before the line that reports its row.
            sampled = max(self._voice.sampled, settled)
            counts = {"sampled": sampled, "delivered": table.delivered}
            return {**counts, "waiting": sampled - settled, **gone, "duplicates": table.twice}

    @property
    def outages(self):
        """The board's outages as (kind, from_us, to_us); see outages.Outages."""
        with self._looking:
            return tuple(self._outages.spans())

    # Buttons

    @property
    def powered(self):
        """True if the board has power."""
        return self._board.powered

    @property
    def wifi(self):
        """True if the access points are on."""
        return self._board.wifi_up

    @property
    def speed(self):
        """The number of true seconds in a host second."""
        return self._clock.scale

    def set_wifi(self, up):
        """Switch the access points on or off."""
        self._press(f"Wi-Fi {'on' if up else 'off'}", lambda: self._board.wifi(up=up))

    def cut(self):
        """Cut the power."""
        self._press("power off", self._board.cut)

    def power_on(self):
        """Restore the power."""
        self._press("power on", self._board.power_on)

    def crash(self):
        """Crash the node's program; the chip restarts it."""
        self._press("crash", self._board.kill)

    def set_speed(self, scale):
        """Set the speed of true time to `scale`, from SPEED_MIN to SPEED_MAX."""
        scale = min(max(scale, SPEED_MIN), SPEED_MAX)
        self._press(f"speed {scale:g}", lambda: self._clock.set_scale(scale))

    @contextmanager
    def out_of_reach(self):
        """Disable the buttons for a while: the node's flash is being read."""
        with self._switching:
            self._in_reach = False
        try:
            yield
        finally:
            self._in_reach = True

    def _press(self, text, act):
        with self._switching:
            if self._in_reach:
                if self.taken:
                    self.taken()
                self.presses.append(text)
                act()


class _Voice:
    """The state that the board's lines and events have reported, processed in order."""

    def __init__(self, board):
        self._board = board
        self._seen = 0
        self.sampled = 0
        self._next_row = self._last_count = 0
        self.trouble = ""
        self.asleep = self.clock_known = False
        self.starting = True
        self._delivered_us = None
        self._pauses_us = deque(maxlen=_PAUSES)

    def listen(self):
        """Process the lines and events since the last call."""
        events = self._board.events
        while self._seen < len(events):
            event = events[self._seen]
            self._seen += 1
            if event["event"] == "line":
                self._hear(event["text"], event["time_us"])
            else:
                self._note(event)

    def _note(self, event):
        name = event["event"]
        if name == "sleep":
            self.asleep = event["ms"] is None or event["ms"] >= _REST_MS_MIN
        elif name == "boot":
            # After a pause, the node continues; after any other end, it has to recover first.
            self.starting = not self.asleep
            self.asleep = False
        elif name in _PROGRAM_ENDS:
            self.starting, self.trouble = True, ""
            # Only a loss of power stops the chip's own clock.
            self.clock_known = self.clock_known and name != "cut"

    def is_overdue(self, now_us):
        """Return True if the node has delivered nothing for much longer than its usual pause."""
        if not self._pauses_us:
            return False
        usual_us = sorted(self._pauses_us)[len(self._pauses_us) // 2]
        return now_us - self._delivered_us > 2 * usual_us + _LATE_US

    def _note_delivery(self, time_us):
        self.trouble = ""
        if self._delivered_us is not None:
            self._pauses_us.append(time_us - self._delivered_us)
        self._delivered_us = time_us

    def _hear(self, text, time_us):
        if found := rows_in(text):
            self.starting = False
            self._count(*found)
        elif TIME_KNOWN.read(text):
            self.clock_known = True
        elif DELIVERED.read(text):
            self._note_delivery(time_us)
        elif later := LATER.read(text):
            self.trouble = later[0]

    def _count(self, first, last, count):
        # A crash may come between a row and its line; the next row's number shows it.
        missed = max(first - self._next_row, 0)
        one = count // (last + 1 - first)
        self.sampled += count + missed * (self._last_count or one)
        self._next_row, self._last_count = last + 1, one
