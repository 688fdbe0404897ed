"""What a wake and a deploy cost the chip's flash, for whichever firmware stands in the tree.

A real read takes some 75 us and 0.1 us a byte. The virtual board counts what a wake makes of them
between reset and durable row; bench/device/chip_wakes.py does the month of wakes that fills the
queue, which real boards would take too long for, and docs/bench.md says how the two are put
together.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from statistics import median

from wherry_host import config_file, deploy
from wherry_host.boards import VIRTUAL, load, virtual_flash
from wherry_host.errors import ToolError
from wherry_host.loader_text import loader_text
from wherry_host.places import FIRMWARE, LIB
from wherry_host.rig import Rig, toml_text
from wherry_host.shorten import keywords
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.image import Image

from bench.chip_wakes import Wake, flash_ms, steps_of, wakes_of

_MICROPYTHON = str(Path(sys.executable).with_name("micropython"))
_DEVICE = Path("bench/device")
_SCALE = 10
_SENSORS = [{"driver": "bme280"}]
_DEVICES = [{"kind": "bme280", "address": 0x76}]
# What 0.1.0 gave the queue of a stock 4 MB layout, and made of the whole.
_OLD_QUEUE_SIZE = 942_899
# Real wakes at each level of the queue.
_WAKE_COUNT = 8
_UPLOAD_COUNT = 8
_UPLOAD_EVERY = "20 s"
_RUN_S = 120
# The levels at which real wakes tell what comes on top of mount and queue.
_LEVELS = ("empty", "half", "full")


def measure():
    """Return {key: row} for the bench's table."""
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as name, _rig() as rig:
        bench = _Bench(rig, Path(name))
        bench.update()
        found = bench.month()
        rows = _wake_rows(bench, found) | _upload_rows(bench)
        rows |= _deploy_rows(bench)
    rows["queue_size_ratio"] = _row(
        found["size_max"] / _OLD_QUEUE_SIZE, "", 1.25, 1.5, better="higher"
    )
    return rows


def _rig():
    node = {"sample_every": "2 s", "send_every": "1 d", "durability": "row"}
    config = {"node": node, "power": {"source": "battery"}, "sensor": _SENSORS}
    return Rig(scale=_SCALE, config=config, board={"devices": _DEVICES})


class _Bench:
    """Boards of one rig, each on a copy of an image in `folder`."""

    def __init__(self, rig, folder):
        self.rig, self.folder = rig, folder
        self._count = 0

    def board(self, image=None, **options):
        """Return a board that is off, on a copy of an image, or a blank one."""
        self._count += 1
        folder = self.folder / f"board{self._count}"
        folder.mkdir()
        if image:
            shutil.copy(self.image(image), folder / "flash.img")
        options = {"devices": _DEVICES, "flash_steps": True, **virtual_flash(VIRTUAL), **options}
        return VirtualBoard(folder, self.rig.clock.path, **options)

    def image(self, name):
        """Return the path of an image."""
        return self.folder / f"{name}.img"

    def ports(self, online):
        """Return the ports of a board; without a server its uploads find nobody."""
        ports = dict(self.rig.board.options.ports)
        return ports if online else {**ports, int(self.rig.service.url.rpartition(":")[2]): 0}

    def plan(self, name, **changes):
        """Return the plan of a node that differs by its name, and by keys of [node]."""
        path = self.folder / f"{name}.toml"
        config = config_file.parsed("node", (self.rig.folder / "node.toml").read_bytes())
        config["node"] |= {"name": name, **changes}
        path.write_text(toml_text(config))
        return deploy.plan(config_file.load(path), VIRTUAL)

    def update(self):
        """Make the images `once`, of a board just deployed, and `empty`, of one updated once."""
        for image, before in (("once", None), ("empty", "once")):
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                path = Path(folder) / "flash.img"
                if before:
                    shutil.copy(self.image(before), path)
                deploy.to_image(self.plan(image), path)
                shutil.copy(path, self.image(image))
            board = self.board(image, ports=self.ports(True))
            with board:
                board.wait_line("delivered", _RUN_S)
                board.wait_event("sleep", _RUN_S, len(board.events))
            shutil.copy(board.flash, self.image(image))

    def month(self, image="empty", *how):
        """Let chip_wakes.py run on an image; return what it prints. It leaves images."""
        typed = self.rig.config.typed
        channels = [each for section in typed["sensor"] for each in section["channels"]]
        channels += _health_channels()
        board = self.plan("month").settings["board"]
        setup = {"node": typed["node"], "channels": channels, "board": board}
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
        """Return the Wakes of a board on an image."""
        with self.board(image, ports=self.ports(online)) as board:
            since = 0
            while len(found := wakes_of(board.events)) < count:
                event = board.wait_event("sleep", _RUN_S, since)
                since = board.events.index(event, since) + 1
        return found


def _health_channels():
    from wherry.health_channels import CHANNELS

    return list(CHANNELS)


def _compile(folder):
    """Put firmware/ and lib/ there as .mpy; public names stay, for the script to find them."""
    paths = {path.stem: path for path in FIRMWARE.glob("*.py")}
    paths |= {
        f"wherry/{path.relative_to(LIB).with_suffix('')}": path for path in LIB.rglob("*.py")
    }
    texts = [path.read_text("utf-8") for path in [*paths.values(), *_DEVICE.glob("*.py")]]
    kept = keywords(texts)
    for name, path in paths.items():
        target = (folder / name).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        deploy.compiled(kept, {}, name, path, target)


def _read_size():
    """Return the read size with which the loader mounts the files."""
    text = loader_text((FIRMWARE / "loader.py").read_text("utf-8"))
    return int(re.search(rb"readsize\s*=\s*(\d+)", text)[1])


# Wakes


def _wake_rows(bench, found):
    real = {level: bench.wakes(level, _WAKE_COUNT) for level in _LEVELS}
    real["drained"] = bench.wakes("drained", _WAKE_COUNT)
    real["worst"] = bench.wakes("worst", 3 * found["rows"])
    wakes = _whole_wakes(found, real)
    durations = sorted((flash_ms(reads, size), weight) for reads, size, weight, _ in wakes)
    reads = sorted((reads, weight) for reads, _, weight, _ in wakes)
    moves = [flash_ms(reads, size) for reads, size, _, moved in wakes if moved]
    rest = [(wake.reads, wake.read_size) for level in real.values() for wake in level]
    worst_ms = max(durations[-1][0], *(flash_ms(*each) for each in rest))
    print(f"chip: {len(wakes)} wakes, {found['rows']} rows a frame, {found['used']:.0%} full")
    return {
        "wake_flash_ms": _row(_weighted_median(durations), "ms", 160, 90),
        "wake_flash_ms_move": _row(median(moves), "ms"),
        "wake_flash_ms_worst": _row(worst_ms, "ms", 350, 200),
        "wake_reads": _row(_weighted_median(reads), "", None, 1000),
        "wake_reads_worst": _row(max(reads[-1][0], *(each[0] for each in rest)), "", None, 2000),
        **_step_rows(real["full"][-1]),
    }


def _whole_wakes(found, real):
    """Return (reads, bytes, weight, moved) of each wake of the month, all of it included."""
    rests = {level: _rest(found, level, real[level]) for level in _LEVELS}
    # Of each frame one wake stands for all in which it does not move.
    weight = found["rows"] - 1
    wakes = []
    for kind, frame, reads, size in found["wakes"]:
        level = min(_LEVELS, key=lambda level: abs(found["marks"][level] - frame))
        more_reads, more_size = rests[level]
        moved = kind.endswith("move")
        wakes.append((reads + more_reads, size + more_size, 1 if moved else weight, moved))
    return wakes


def _rest(found, level, real):
    """Return (reads, bytes) of a real wake beyond the mount and the queue's own."""
    mark = found["marks"][level]
    near = [
        (reads, size)
        for kind, frame, reads, size in found["wakes"]
        if kind == "row" and abs(frame - mark) <= 20
    ]
    plain = [(wake.reads, wake.read_size) for wake in real if not wake.erases] or [
        (wake.reads, wake.read_size) for wake in real
    ]
    return tuple(
        round(median(each[i] for each in plain) - median(each[i] for each in near)) for i in (0, 1)
    )


def _weighted_median(pairs):
    """Return the median of sorted (value, weight)."""
    half = sum(weight for _, weight in pairs) / 2
    for value, weight in pairs:
        half -= weight
        if half <= 0:
            return value
    raise ValueError("there are no wakes")


def _step_rows(wake: Wake):
    rows = {
        "wake_modules": _row(len(wake.modules), "", 30, 20),
        "wake_bytes": _row(sum(wake.modules.values()), "B", 32 << 10, 20 << 10),
    }
    for step, (reads, size) in steps_of(wake).items():
        rows[f"wake_reads_{step}"] = _row(reads, "")
        rows[f"wake_read_bytes_{step}"] = _row(size, "B")
    return rows


def _upload_rows(bench):
    # An upload takes some seconds of true time: each wake is to sleep again.
    plan = bench.plan("uploads", sample_every=_UPLOAD_EVERY, send_every=_UPLOAD_EVERY)
    deploy.to_image(plan, bench.image("drained"))
    wakes = [wake for wake in bench.wakes("drained", _UPLOAD_COUNT, online=True) if wake.delivered]
    durations = [flash_ms(wake.whole_reads, wake.whole_size) for wake in wakes]
    return {
        "wake_flash_ms_upload": _row(median(durations), "ms", 300, 180),
        "wake_reads_upload": _row(median(wake.whole_reads for wake in wakes), ""),
    }


# Deploys


def _deploy_rows(bench):
    bench.month("once", "fill")
    empty = _worst_operation(bench, None)
    full = _worst_operation(bench, "filled")
    return {
        "deploy_reads_worst": _row(empty, "", 2000, 1000),
        "deploy_reads_worst_full": _row(full, "", 5000, 1000),
        "deploy_s_slow_flash": _row(_slow_deploy_s(bench), "s", 40, 20),
        "slot_blocks": _row(_slot_blocks(bench), "", 34, 28),
    }


def _worst_operation(bench, image):
    """Return the most reads of one file operation of a deploy through the port."""
    plan = bench.plan("anew")
    # A node is met right after its start, when it is awake and looks for its server.
    with bench.board(image, ports=bench.ports(False)) as board:
        deploy.to_port(plan, board.port)
        board.wait_event("reset", _RUN_S)
        events = board.events
        ends = [i for i, event in enumerate(events) if event["event"] in ("boot", "reset")]
        # The raw REPL of the deploy begins with a soft reset and ends with a hard one.
        begin, end = next(
            (i, j) for i, j in pairwise(ends)
            if (events[i].get("cause"), events[j]["event"]) == (5, "reset")
        )  # fmt: skip
        steps = [event for event in events[begin:end] if event["event"] == "step"]
    counts = [event["flash"]["reads"] for event in steps]
    worst, name = max(
        (now - then, f"{event['what']} {event['name']}")
        for then, now, event in zip(counts, counts[1:], steps[1:], strict=False)
    )
    print(f"chip: worst operation of a deploy ({image or 'empty'}): {name}, {worst} reads")
    return worst


def _slow_deploy_s(bench):
    """Return how long a deploy takes on a board as slow as a chip, None if it fails."""
    folder = bench.folder / "slow"
    options = {"slow_flash": True, "paced_serial": True, **virtual_flash(VIRTUAL)}
    with VirtualBoard(folder, **options) as board:
        board.wait_line("MicroPython", _RUN_S)
        begin_us = board.clock.now_us()
        try:
            deploy.to_port(bench.plan("slow"), board.port)
        except ToolError as error:
            print(f"chip: the deploy on a slow flash fails: {error}")
            return None
        return (board.clock.now_us() - begin_us) / 1e6


def _slot_blocks(bench):
    path = bench.folder / "slot.img"
    Image.create(path, load(VIRTUAL)["filesystem_size"])
    with Image(path) as image:
        before = image.fs.used_block_count
    deploy.to_image(bench.plan("slot"), path)
    with Image(path) as image:
        return image.fs.used_block_count - before


def _row(value, unit, must=None, goal=None, better="lower"):
    value = None if value is None else round(value, 2)
    return {"value": value, "unit": unit, "must": must, "goal": goal, "better": better}
