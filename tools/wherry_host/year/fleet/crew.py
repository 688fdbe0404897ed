"""The nodes of a fleet in one process; each of their requests waits for the Gate's answer."""

import os
import signal
from functools import partial
from heapq import heapify, heappop, heappush
from multiprocessing import connection, parent_process
from threading import Thread
from traceback import format_exc

from wherry_host.year.fleet.job import Member, live
from wherry_host.year.fleet.turns import Turns
from wherry_host.year.world.clock import WorldError

#: The floor of a crew whose lives have ended.
OVER = (1 << 62, 0)
# A floor that has risen by this much is reported.
_STEP_US = 10_000_000


class Crew:
    """`seeds` are {number in the fleet: seed} of its nodes, `pipe` is a Connection to the fleet.

    The messages are ("ask", us, number, api), ("floor", floor), ("end", number, NodeEnd) and
    ("failed", traceback); the answer to "ask" is (number, is_admitted).
    """

    def __init__(self, job, seeds, pipe):
        self._pipe = pipe
        self._turns = {}
        # (true us, number) of the lives that can go on, and of those that wait for an answer.
        self._ready, self._waiting = [], []
        self._answers = {}
        # The floor that was reported last.
        self._floor = (0, 0)
        for number, seed in seeds.items():
            member = Member(job, seed)
            self._turns[number] = Turns(partial(_live, member))
            self._ready.append((member.begin_us, number))
        heapify(self._ready)

    def run(self):
        """Live all lives, the one with the least time first."""
        while self._ready or self._waiting:
            self._report(is_idle=not self._ready)
            while self._waiting and (not self._ready or self._pipe.poll()):
                self._take()
            _, number = heappop(self._ready)
            self._resume(number)
        self._pipe.send(("floor", OVER))

    def _report(self, is_idle):
        floor = min(self._ready[:1] + self._waiting[:1])
        if floor == self._floor:
            return
        # If the first one waits, its request may be decided at once.
        is_waiting = floor in self._waiting[:1]
        if is_idle or is_waiting or floor[0] >= self._floor[0] + _STEP_US:
            self._floor = floor
            self._pipe.send(("floor", floor))

    def _take(self):
        number, is_admitted = self._pipe.recv()
        # Requests are answered in the order of their times.
        us, _ = heappop(self._waiting)
        self._answers[number] = is_admitted
        heappush(self._ready, (us, number))

    def _resume(self, number):
        turns = self._turns[number]
        paused = turns.resume(self._answers.pop(number, None))
        if turns.is_over:
            self._pipe.send(("end", number, self._turns.pop(number).result))
            return
        us, api = paused
        if api is None:
            heappush(self._ready, (us, number))
            return
        heappush(self._waiting, (us, number))
        self._pipe.send(("ask", us, number, api))


def _live(member, turns):
    """Live, and pause after each wake and for the verdict about each request."""
    return member.live(
        lambda now_us: turns.pause((now_us, None)), lambda api, now_us: turns.pause((now_us, api))
    )


def run(job, seeds, pipe):
    """Live the lives of a Crew, in a process of its own."""
    _run(lambda: Crew(job, seeds, pipe).run(), pipe)


def run_apart(job, seeds, pipe):
    """Live the lives of seeds at services without a limit, one after another, as `run`."""

    def live_all():
        for number, seed in seeds.items():
            pipe.send(("end", number, live(job, seed)))
        pipe.send(("floor", OVER))

    _run(live_all, pipe)


def _run(live_share, pipe):
    _end_with_parent()
    with pipe:
        try:
            live_share()
        except (Exception, WorldError):
            pipe.send(("failed", format_exc()))


def _end_with_parent():
    """Let this process end at Ctrl-C, and when its parent has ended."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=_watch, args=[parent_process().sentinel], daemon=True).start()


def _watch(sentinel):
    connection.wait([sentinel])
    os._exit(1)
