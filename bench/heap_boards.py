"""Virtual boards with the nodes of heap_cases.py on them."""

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wherry_host import config_file, deploy
from wherry_host.clock import VirtualClock
from wherry_host.rig import toml_text
from wherry_host.rig_uplinks import sections
from wherry_host.server.service import Service
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.options import ACCESS_POINT

_SCALE = 4
# Only those that a node reads are there: the shim of a GPS receiver's UART takes heap.
_DEVICES = {
    "bme280": {"kind": "bme280", "address": 0x76},
    "battery": {"kind": "battery", "pin": 34},
    "host": {"kind": "host", "address": 0x48},
    "gps": {"kind": "gps"},
}


@dataclass
class Nodes:
    """Boards of one case, each blank but for the node; `plan` is what was deployed."""

    service: Service
    plan: deploy.Plan
    _folder: Path
    _options: dict
    _faults: tuple
    _boards: list = field(default_factory=list)

    def board(self, **options):
        """Return another VirtualBoard, off; the server has its faults anew."""
        self.service.set_faults(*self._faults)
        folder = self._folder / f"board{len(self._boards)}"
        folder.mkdir()
        shutil.copy(self._folder / "flash.img", folder)
        self._boards.append(VirtualBoard(folder, **self._options, **options))
        return self._boards[-1]


def devices(case):
    """Return the device models of a case's board."""
    return [_DEVICES[driver] for driver in case.sensors]


@contextmanager
def nodes(case):
    """Yield the Nodes of a heap_cases.Case."""
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as name:
        folder = Path(name)
        clock = folder / "clock"
        VirtualClock.create(clock, _SCALE)
        with Service(db=folder / "points.db", clock_file=clock) as service:
            (folder / "node.toml").write_text(toml_text(_config(case, service)))
            plan = deploy.plan(config_file.load(folder / "node.toml"), "virtual")
            deploy.to_image(plan, folder / "flash.img")
            ports = {53: _port(service.dns), 123: _port(service.sntp)}
            options = {"clock_file": clock, "ports": ports, "devices": devices(case)}
            yield Nodes(service, plan, folder, options, case.faults)


def _config(case, service):
    sensors = [{"driver": driver} for driver in case.sensors]
    uplinks = [case.change(each) for each in sections(service, case.uplinks, sensors)]
    return {
        "node": {"name": "bench", "sample_every": "1 s", "send_every": "3 s"},
        "wifi": [{key: ACCESS_POINT[key] for key in ("ssid", "password")}],
        "sensor": sensors,
        "uplink": uplinks,
    }


def _port(place):
    return int(place.rpartition(":")[2])
