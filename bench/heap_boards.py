"""Virtual boards with the nodes of heap_cases.py on them."""

import shutil
from contextlib import contextmanager
from dataclasses import asdict

from wherry_host.demo.rig import Rig
from wherry_host.demo.rig_sensors import wired
from wherry_host.virtual.board import VirtualBoard

_SCALE = 4
_ROWS_S = 30


class Nodes:
    """The boards of one case, blank except for the node; `plan` is the deployed Plan."""

    def __init__(self, rig, faults):
        self.plan = rig.plan()
        self._rig, self._faults = rig, faults
        self._flash = rig.board.flash
        self._count = 0

    def live_without_time(self):
        """Let a board take rows without an access point; the next boards get its flash."""
        with self.board(access_points=[]) as board:
            board.wait_line("row 2:", _ROWS_S)
        self._flash = board.flash

    def board(self, **options):
        """Return another VirtualBoard, which is off, and set the server's faults again."""
        rig = self._rig
        rig.service.set_faults(*self._faults)
        folder = rig.folder / f"board{self._count}"
        self._count += 1
        folder.mkdir()
        shutil.copy(self._flash, folder)
        return VirtualBoard(folder, rig.clock.path, **asdict(rig.board.options) | options)


def devices(sensors):
    """Return the device models of a board with these sensors.

    Other models are left out, because the shim for a GPS receiver's UART takes heap.
    """
    return wired(sensors)[1]


@contextmanager
def nodes(case):
    """Yield the Nodes of a heap_cases.Case."""
    sensors, models = wired(case.sensors)
    config = {"sensor": sensors}
    if case.has_clock:
        config["time"] = {"ds3231": "i2c0"}
        models = [*models, {"kind": "ds3231"}]
    options = {"config": config, "board": {"devices": models}}
    with Rig(scale=_SCALE, uplinks=case.uplinks, **options) as rig:
        rig.deploy_image()
        made = Nodes(rig, case.faults)
        if case.is_undated:
            made.live_without_time()
        yield made
