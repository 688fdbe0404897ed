"""The waits of a run; each follows the node, reports its story and checks for user requests.

Times are in true seconds, whose speed the user may change at any moment.
"""

import time

from wherry_host.console_text import DELIVERED

_LOOK_S = 0.03
_SHOW_S = 0.5


class TakenOver(Exception):  # noqa: N818
    """The user has pressed one of the node's buttons while the script was playing."""


class Watch:
    """Follows the board of `rig` for `story`; `asked` is a stopping.Asked.

    Until `let_go`, the current wait raises TakenOver when the user presses a button.
    """

    def __init__(self, rig, panel, story, asked):
        self._rig, self._panel, self._story, self._asked = rig, panel, story, asked
        self._presses = 0
        self._faults = []
        self._is_playing = True
        #: The highest speed of the clock so far.
        self.fastest = rig.clock.scale
        self._show_due_s = 0
        panel.taken = self._note_press

    def _note_press(self):
        self._presses += 1

    @property
    def taken(self):
        """True if the user has pressed any button."""
        return self._presses > 0

    def let_go(self):
        """Continue without a script: later presses are only reported."""
        self._is_playing = False

    def look(self):
        """Report the news. Raises Stopped, and TakenOver while the script plays."""
        self.follow()
        self._asked.check()
        if self._is_playing and self.taken:
            raise TakenOver

    def follow(self):
        """Report the node's sentences and the user's presses since the last look."""
        self.fastest = max(self.fastest, self._rig.clock.scale)
        self._story.follow(self._rig.board)
        while self._panel.presses:
            self._story.report("you", self._panel.presses.popleft())
        if not self._is_playing:
            self._follow_faults()
        if time.monotonic() >= self._show_due_s:
            self._show_due_s = time.monotonic() + _SHOW_S
            self._story.show(self._panel)

    def _follow_faults(self):
        faults = [_named(fault) for fault in self._rig.service.faults.all()]
        if faults != self._faults:
            self._faults = faults
            self._story.report("server", ", ".join(faults) or "answers normally again")

    def left_s(self, end_us):
        """Return the true seconds until a true time."""
        return (end_us - self._rig.clock.now_us()) / 1e6

    def wait_until(self, end_us):
        """Follow the node until a true time."""
        self.wait_for(_never, self.left_s(end_us))

    def wait_for(self, is_done, limit_s):
        """Follow the node until `is_done()`, at most `limit_s`; return True if it was done."""
        clock = self._rig.clock
        end_us = clock.now_us() + limit_s * 1e6
        while not is_done():
            left_s = self.left_s(end_us) / clock.scale
            if left_s <= 0:
                return False
            time.sleep(min(left_s, _LOOK_S))
            self.look()
        return True

    def drain(self, since, end_us):
        """Wait until the node reports, after line `since`, that nothing waits for any uplink."""
        lines = self._rig.board.lines
        labels = {uplink["label"] for uplink in self._rig.config.typed["uplink"]}

        def is_drained():
            reported = (DELIVERED.read(text) for _, text in lines[since:])
            return labels <= {found[0] for found in reported if found and found[2] == 0}

        self.wait_for(is_drained, self.left_s(end_us))


def _named(fault):
    return f"answers {fault.status}" if fault.kind == "status" else f"fault: {fault.kind}"


def _never():
    return False
