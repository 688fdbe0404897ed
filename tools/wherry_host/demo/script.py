"""The demo's script: an outage, a power cut during it, the recovery, and server trouble.

The scenes are at fractions of the run that depend on a seed, so the seed repeats the run.
"""

import random

from wherry_host.server.faults import Fault

# Rows are taken for this true time before the node can request the time.
_TIMELESS_S = 2.2
# Server trouble and the retries that it causes last this true time.
_TROUBLE_S = 18
# A row needs a few writes to flash; the power is cut during one of the next writes.
_WRITES_MAX = 6
_WRITES_S = 4


class Script:
    """Plays its scenes on the running board of `rig` for `length_s` of true time."""

    def __init__(self, rig, watch, story, seed, length_s):
        self._rig, self._watch, self._report = rig, watch, story.report
        self._random = random.Random(seed)
        self._length_s = length_s

    def play(self):
        """Play every scene. Raises the same exceptions as Watch."""
        self._begin()
        start_us = self._rig.clock.now_us()
        left_us = max(self._end_us - start_us, 0)
        for fraction, scene in self._scenes():
            self._watch.wait_until(start_us + fraction * left_us)
            scene()
        self._finish()

    def step_back(self):
        """Undo the actions without a button: an unreachable time server and a pending cut."""
        board = self._rig.board
        board.map_port(123, self._rig.sntp_port)
        if board.powered:
            board.cut_at_write(0)

    def _scenes(self):
        """Return (fraction of the rest, scene) for the outage, the cut during it, the recovery."""
        spread = self._random.uniform
        off = spread(0.14, 0.20)
        cut = spread(0.27, 0.33)
        back = spread(0.42, 0.48)
        return [
            (off, self._lose_wifi),
            (cut, self._cut),
            (back, self._regain_wifi),
        ]

    def _begin(self):
        """Let rows be taken before the time is known, and the first ones be delivered."""
        board = self._rig.board
        begin_us = self._rig.clock.now_us()
        self._end_us = begin_us + self._length_s * 1e6
        self._since = len(board.lines)
        self._report("board", "starts; its clock is not set")
        self._watch.wait_until(min(begin_us + _TIMELESS_S * 1e6, self._end_us))
        board.map_port(123, self._rig.sntp_port)
        self._report("board", "the time server is reachable")
        self._drain()

    def _lose_wifi(self):
        self._rig.board.wifi(up=False)
        self._report("board", "Wi-Fi is gone")

    def _cut(self):
        """Cut the power for a while; for half of the seeds, cut it during a write to flash."""
        board, where = self._rig.board, "in the middle of the outage"
        since = len(board.events)
        if self._random.random() < 0.5:
            board.cut_at_write(self._random.randint(1, _WRITES_MAX))
            if self._watch.wait_for(lambda: _is_cut(board, since), _WRITES_S):
                where += " and of a write"
        if not _is_cut(board, since):
            board.cut()
        self._watch.follow()
        self._report("board", f"power is cut, {where}")
        off_us = self._random.uniform(0.02, 0.05) * self._length_s * 1e6
        self._watch.wait_until(self._rig.clock.now_us() + off_us)
        board.power_on()
        self._report("board", "power is back, Wi-Fi is not")

    def _regain_wifi(self):
        self._since = len(self._rig.board.lines)
        self._rig.board.wifi(up=True)
        self._report("board", "Wi-Fi is back")

    def _trouble(self):
        """Make the server refuse the next request."""
        fault = self._random.choice(
            (
                Fault(kind="status", status=500, times=1),
                Fault(kind="status", status=429, retry_after_s=4, times=1),
            )
        )
        self._rig.service.set_faults(fault)
        self._report("server", f"answers {fault.status} to the next request")

    def _finish(self):
        """Let the node drain, with server trouble in between."""
        watch = self._watch
        self._drain()
        if watch.left_s(self._end_us) > _TROUBLE_S:
            self._trouble()
            # Only deliveries after the refusal show that the node has recovered.
            watch.wait_for(self._was_refused, watch.left_s(self._end_us))
            watch.wait_until(self._end_us - 0.1 * self._length_s * 1e6)
            self._since = len(self._rig.board.lines)
            self._drain()

    def _was_refused(self):
        return not self._rig.service.faults.all()

    def _drain(self):
        self._watch.drain(self._since, self._end_us)


def _is_cut(board, since):
    return any(event["event"] == "cut" for event in board.events[since:])
