"""The demo: play a script on a node, optionally let it run on, and account for its readings.

The node is on a virtual board. Every wait checks for Ctrl-C, so a run can end between any two
steps, and its parts are closed in order.
"""

import time
from contextlib import ExitStack, closing
from dataclasses import dataclass

from wherry_host.account.account import Account
from wherry_host.account.uplink_tables import place_of
from wherry_host.config.boards import VIRTUAL
from wherry_host.demo.panel import Panel
from wherry_host.demo.rig import Rig
from wherry_host.demo.rig_sensors import chosen
from wherry_host.demo.script import Script
from wherry_host.demo.watch import Watch
from wherry_host.server.dialects import tables
from wherry_host.stopping import Stopped

_FOREVER_S = 3600


@dataclass
class Result:
    """The Account of a run, and the time when its first point was stored (None: never).

    `taken` is True if the user has pressed buttons, so that no seed repeats the run.
    """

    account: Account
    first_point_s: float | None
    taken: bool = False


class Demo:
    """One run of `seconds` of host time at `scale`, reported by `make_story(clock)`.

    `asked` is a stopping.Asked, `server` are options of the Service. `board` names a virtual
    board, `uplinks` are the dialects that its node speaks, as for a Rig; `sensors` are drivers, or
    None for a Rig's default sensors.
    """

    def __init__(
        self,
        seconds,
        seed,
        scale,
        make_story,
        asked,
        db=None,
        server=None,
        board=VIRTUAL,
        uplinks=("harbor",),
        sensors=None,
    ):
        self._length_s, self._seed, self._asked = seconds * scale, seed, asked
        self._make_story = make_story
        # A database that is kept may have points from earlier runs.
        self._name = time.strftime("demo-%Y%m%d-%H%M%S") if db else "demo"
        config, models = {"node": {"name": self._name}}, {}
        if sensors:
            config["sensor"], found, pace = chosen(sensors)
            config["node"] |= pace
            models = {"devices": found}
        self._rig = Rig(
            scale=scale,
            seed=seed,
            config=config,
            db=db,
            server=server,
            board=models,
            board_name=board,
            uplinks=uplinks,
        )
        self._dialects = ", ".join(tables()[uplink].title for uplink in uplinks)

    def __enter__(self):
        with ExitStack() as stack:
            rig = stack.enter_context(self._rig)
            self._story = stack.enter_context(closing(self._make_story(rig.clock)))
            self.panel = self._make_panel(rig)
            rig.service.put_panel(self.panel)
            stack.callback(rig.service.take_panel)
            self._watch = Watch(rig, self.panel, self._story, self._asked)
            self._script = Script(rig, self._watch, self._story, self._seed, self._length_s)
            self._parts = stack.pop_all()
        return self

    def _make_panel(self, rig):
        typed = rig.config.typed
        places = [place_of(rig.service, self._name, uplink) for uplink in typed["uplink"]]
        units = {name: unit for each in typed["sensor"] for name, unit, *_ in each["channels"]}
        return Panel(rig.board, rig.clock, rig.service.db, self._name, places, units)

    def __exit__(self, *_):
        self._parts.close()

    @property
    def service(self):
        """The server's Service."""
        return self._rig.service

    @property
    def console(self):
        """The rich Console of the story."""
        return self._story.console

    def deploy(self):
        """Start the board and deploy the node to it. Raises Stopped, and ToolError as Rig does."""
        rig, report = self._rig, self._story.report
        if rig.service.page_url:
            report("server", f"the page is at {rig.service.page_url}")
        report("server", f"{self._dialects} at {rig.service.url}, with SNTP and DNS")
        self._asked.check()
        rig.board.options.ports[123] = 0
        rig.board.start()
        self._asked.check()
        begin_s = time.monotonic()
        done = rig.deploy_port()
        taken_s = time.monotonic() - begin_s
        self._story.skip(rig.board)
        port = rig.board.port
        report(
            "board",
            f"deployed through {port}: {done.size // 1000} KB in {taken_s:.1f} s",
        )
        self._begin_us = rig.clock.now_us()

    def play(self):
        """Play the script to its end. Raises Stopped, and TakenOver at the user's first press."""
        self._script.play()

    def go_on(self):
        """Run on without a script until the user ends it; also used after the user took over."""
        self._script.step_back()
        self._watch.let_go()
        if self._watch.taken:
            self._story.report(
                "you", "have taken over; Ctrl-C ends the run and prints the account"
            )
        else:
            self._rig.board.power_on()
            self._story.report("board", "power is back; it runs until Ctrl-C")
        self._story.fold()
        try:
            while True:
                self._watch.wait_for(lambda: False, _FOREVER_S)
        except Stopped:
            return

    def finish(self):
        """Cut the power and return the Result of the run so far, without repairing anything first.

        A second Ctrl-C raises Stopped.
        """
        rig = self._rig
        with self.panel.out_of_reach():
            rig.board.cut()
            self._watch.follow()
            self._story.report("board", "power is cut; reading its flash and the database")
            account = rig.account(self._watch.fastest, self._asked.hurried())
            received_us = [point[3] for point in rig.points()]
        first_point_s = (min(received_us) - self._begin_us) / 1e6 if received_us else None
        return Result(account, first_point_s, self._watch.taken)
