"""The boards of the part `chip`: images of a node's flash, and boards on copies of them."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from wherry.health_channels import CHANNELS
from wherry_host.compile import compiled
from wherry_host.compile.loader_text import loader_text
from wherry_host.compile.shorten import keywords
from wherry_host.compile.syntax import parsed
from wherry_host.config import config_file
from wherry_host.config.boards import VIRTUAL, virtual_flash
from wherry_host.config.toml_text import toml_text
from wherry_host.demo.rig import Rig
from wherry_host.errors import ToolError
from wherry_host.install import deploy
from wherry_host.places import LIB, LOADER, firmware_sources
from wherry_host.virtual.board import VirtualBoard

from bench.chip_wakes import wakes_of


class Counts(NamedTuple):
    """How far a queue is filled (1 means to the end), and the number of wakes counted."""

    fill: float
    drained_frames: int
    #: Real wakes at each level of the queue: the rows of two frames, and wakes with an upload.
    wakes: int
    uploads: int
    #: The number of frames of real wakes, from two frames before the costliest wake on.
    worst_frames: int


FULL = Counts(1, 600, 32, 8, 3)
QUICK = Counts(0.05, 8, 1, 2, 0)
RUN_S = 120
_MICROPYTHON = str(Path(sys.executable).with_name("micropython"))
_DEVICE = Path("bench/device")
_SCALE = 10
# The number of wakes with a row, of which at least one has an upload.
_SOME_UPLOAD = 40
_SENSORS = [{"driver": "bme280"}]
_DEVICES = [{"kind": "bme280", "address": 0x76}]


def make_rig(durability="row", sensors=_SENSORS, devices=_DEVICES, **power):
    """Return a Rig whose node is on battery and uploads once a day; `power` is for [power]."""
    # Long enough for a sleep between two samples even on a slow computer.
    node = {"sample_every": "4 s", "send_every": "1 d", "durability": durability}
    power = {"source": "battery", **power}
    config = {"node": node, "power": power, "sensor": sensors}
    return Rig(scale=_SCALE, config=config, board={"devices": devices})


class Boards:
    """The boards of one rig, each on a copy of an image in `folder`."""

    def __init__(self, rig, folder, counts, devices=_DEVICES):
        self.rig, self.folder, self.counts = rig, folder, counts
        self._devices = devices
        self._count = 0

    def board(self, image=None, **options):
        """Return a board that is off, on a copy of an image, or a blank one."""
        self._count += 1
        folder = self.folder / f"board{self._count}"
        folder.mkdir()
        if image:
            shutil.copy(self.image(image), folder / "flash.img")
        plain = {"devices": self._devices, "flash_steps": True, **virtual_flash(VIRTUAL)}
        options = {**plain, **options}
        return VirtualBoard(folder, self.rig.clock.path, **options)

    def image(self, name):
        """Return the path of an image."""
        return self.folder / f"{name}.img"

    def ports(self, online):
        """Return the ports of a board; if it is offline, its uploads reach no server."""
        ports = dict(self.rig.board.options.ports)
        return ports if online else {**ports, int(self.rig.service.url.rpartition(":")[2]): 0}

    def plan(self, name, **changes):
        """Return the plan of a node with another name and other keys in [node]."""
        path = self.folder / f"{name}.toml"
        config = config_file.parsed("node", (self.rig.folder / "node.toml").read_bytes())
        config["node"] |= {"name": name, **changes}
        path.write_text(toml_text(config))
        return deploy.plan(config_file.load(path), VIRTUAL)

    def update(self):
        """Create the images `once` and `empty`, after a deployment and after an update of it."""
        for image, before in (("once", None), ("empty", "once")):
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                path = Path(folder) / "flash.img"
                if before:
                    shutil.copy(self.image(before), path)
                deploy.to_image(self.plan(image), path)
                shutil.copy(path, self.image(image))
            board = self.board(image, ports=self.ports(True))
            with board:
                board.wait_line("delivered", RUN_S)
                board.wait_event("sleep", RUN_S, len(board.events))
            shutil.copy(board.flash, self.image(image))

    def month(self, image="empty", *how):
        """Run chip_wakes.py on an image; return its output. The script writes more images."""
        typed = self.rig.config.typed
        channels = [each for section in typed["sensor"] for each in section["channels"]]
        channels += CHANNELS
        board = self.plan("month").settings["board"]
        own_count = len(CHANNELS)
        setup = {
            "node": typed["node"], "channels": channels, "own_count": own_count, "board": board,
            "fill": self.counts.fill, "drained_frames": self.counts.drained_frames,
        }  # fmt: skip
        with tempfile.TemporaryDirectory(prefix="wherry-bench-") as code:
            _compile(Path(code))
            command = [_MICROPYTHON, "-X", "heapsize=64m", str(_DEVICE / "chip_wakes.py")]
            command += [code, self.image(image), self.folder, str(_read_size()), *how]
            done = subprocess.run(
                command, input=json.dumps(setup), stdout=subprocess.PIPE, text=True
            )
        if done.returncode:
            raise ToolError(f"chip_wakes.py: {done.stdout}")
        return json.loads(done.stdout)

    def wakes(self, image, count, online=False):
        """Return the Wakes of a board on an image; if it is online, those with an upload.

        An upload often has a wake of its own, without a row. Such a wake does not count.
        """
        with self.board(image, ports=self.ports(online)) as board:
            since = 0
            while True:
                wakes = wakes_of(board.events)
                found = [wake for wake in wakes if wake.delivered or not online]
                if len(found) >= count:
                    return found
                if len(wakes) > count * _SOME_UPLOAD:
                    raise ToolError(f"only {len(found)} of {count} wakes have an upload")
                event = board.wait_event("sleep", RUN_S, since)
                since = board.events.index(event, since) + 1


def _compile(folder):
    """Write firmware/ and lib/ to a folder as .mpy, with public names for the script."""
    paths = firmware_sources()
    paths |= {
        f"wherry/{path.relative_to(LIB).with_suffix('')}": path for path in LIB.rglob("*.py")
    }
    texts = [path.read_text("utf-8") for path in [*paths.values(), *_DEVICE.glob("*.py")]]
    kept = keywords(map(parsed, texts))
    for name, path in paths.items():
        target = (folder / name).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        compiled.compiled(kept, {}, name, path, target)


def _read_size():
    """Return the read size with which the loader mounts the filesystem."""
    text = loader_text(LOADER.read_text("utf-8"))
    return int(re.search(rb"readsize\s*=\s*(\d+)", text)[1])
