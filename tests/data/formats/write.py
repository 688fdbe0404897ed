"""Writes the files of a node of a release with that release's own code.

    python tests/data/formats/write.py COMMIT FOLDER

FOLDER/data is a node's /data, FOLDER/thinned one whose queue was full, FOLDER/ringed one with a
ring, FOLDER/ring its partition, FOLDER/rtc RTC memory, FOLDER/expected.json the content as
written: it is not read back. A folder has the name of its release, and is never written again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from put_rows import START_S, row_of

_STUBS = Path(__file__).parents[3] / "tools" / "wherry_host" / "stubs"
_OWN = [["node_boots", "", 0]]
CHANNELS = [
    [["temperature", "°C", 2], ["humidity", "%", 2], *_OWN],
    [["temperature", "°C", 2], ["humidity", "%", 2], ["pressure", "hPa", 2], *_OWN],
]
PAGE_SIZE, PAGE_COUNT = 4096, 3


class _Device:
    """A partition in RAM."""

    def __init__(self):
        self.cells = bytearray(b"\xff" * PAGE_SIZE * PAGE_COUNT)

    def readblocks(self, page, buffer, offset):
        at = page * PAGE_SIZE + offset
        buffer[:] = self.cells[at : at + len(buffer)]

    def writeblocks(self, page, buffer, offset):
        at = page * PAGE_SIZE + offset
        self.cells[at : at + len(buffer)] = buffer

    def ioctl(self, request, page):
        if request == 6:
            self.cells[page * PAGE_SIZE : (page + 1) * PAGE_SIZE] = b"\xff" * PAGE_SIZE
        return PAGE_COUNT if request == 4 else 0


def _append(queue, channels, count):
    """Put rows into a queue."""
    for _ in range(count):
        queue.append(*row_of(queue.next_row, len(channels)))


def _tuples(channels):
    return tuple(tuple(channel) for channel in channels)


def _write_queue(root):
    """Write segments of two schemas in two codings, a row file and their other files."""
    from wherry import small_file
    from wherry.orders.order import Order
    from wherry.queue.queue import Queue
    from wherry.rows.frame import RICE, ROWS
    from wherry.sending.refusal import aside_frame
    from wherry.sending.refusal.aside_files import Aside
    from wherry.stage import gaps

    for which, kind, count in ((0, ROWS, 60), (0, RICE, 200), (1, RICE, 100)):
        channels = _tuples(CHANNELS[which])
        queue = Queue(root, channels, False, 400_000, kind=kind, own_count=1)
        _append(queue, channels, count)
    small_file.make_folder(root + "/cursors")
    ledger = queue.ledger("harbor")
    ledger.row, ledger.channel, ledger.delivered, ledger.set_aside = 30, 1, 50, 1
    ledger.save()
    aside = [12, 1, "humidity", 4801, 2, START_S + 720, -1, 400, "no such cargo °", "harbor"]
    row, index, name, value, decimals, *others = aside
    path = Aside(root + "/aside").place(row, index, "harbor", None)
    aside_frame.append(path, row, index, (name, "%", decimals), value, *others)
    small_file.make_folder(root + "/orders")
    (Path(root) / "orders/replay-harbor").write_bytes(_order(small_file, Order, root))
    gaps.note(root, 17, (0, 0, START_S, 0), (2, 4, 60, 250))
    small_file.write(root + "/boot", (4).to_bytes(4, "little"))
    small_file.write(root + "/crash", b"\0OSError: 28")
    gap = [17, [0, 0, START_S, 0], [2, 4, 60, 250]]
    expected = {"row_counts": [260, 100], "readings": queue.readings}
    return queue, expected | {"ledger": [30, 1, 50, 1], "aside": aside, "gap": gap}


def _order(small_file, order, root):
    """Return the file of a replay that has sent 70 readings."""
    path = root + "/order"
    small_file.write(path, bytes(53))
    found = order(path)
    found.from_s, found.to_s, found.row, found.sent = START_S, START_S + 3600, 40, 70
    found.save()
    content = Path(path).read_bytes()
    Path(path).unlink()
    return content


def _write_thinned(root):
    """Write a queue in which rows were thinned; return the count of rows and their readings."""
    from wherry import small_file
    from wherry.queue import thinning
    from wherry.queue.queue import Queue

    class Upload:
        name, settings = "harbor", {}

    small_file.make_folder(root + "/cursors")
    channels = _tuples(CHANNELS[1])
    queue = Queue(root, channels, False, 8_192, own_count=1)
    Upload.ledger = queue.ledger("harbor")
    Upload.ledger.save()
    queue.uploads = [Upload]
    while not Upload.ledger.thinned:
        _append(queue, channels, 50)
        for _ in range(99):
            if queue.is_thinning:
                thinning.work(queue, START_S)
    return queue.next_row, queue.readings, Upload.ledger.thinned


def _write_ring(root):
    """Write a ring that has wrapped around; return its partition, count of rows, readings."""
    from wherry.ring.ring import Ring

    device, channels = _Device(), _tuples(CHANNELS[1])
    ring = Ring(device, root, channels, False, own_count=1)
    ledger = ring.ledger("harbor")
    ledger.load()
    _append(ring, channels, 2000)
    ledger.row, ledger.delivered = 1990, 3000
    ledger.save()
    _append(ring, channels, 4)
    return device.cells, ring.next_row, ring.readings


def _write_rtc(root, queue):
    """Return RTC memory with waiting rows, and its content."""
    from wherry.stage.memory import SIZE
    from wherry.stage.stage import Stage
    from wherry.time import setting
    from wherry.time.clock import Clock

    memory = bytearray(SIZE)
    stage = Stage(memory, lambda: None, len(queue.channels), own_count=1)
    state = stage.new_state()
    clock = Clock(state, root + "/anchors", {}, stage.buffer)
    clock.begin(4, 1000)
    setting.sync(clock, 600_500, 848_000_000_123)
    state.network, state.lease, state.server = 1, bytes(range(16)), bytes((192, 0, 2, 7))
    state.next_row, state.readings, state.schema = queue.hint()
    stage.save()
    fields = {name: value for name, value in vars(state).items() if name != "schema"}
    for number in range(queue.next_row, queue.next_row + 6):
        stage.append(number, *row_of(number, len(queue.channels)))
    return memory, {"state": fields, "anchor": [600_500, 848_000_000_123]}


def write(folder):
    """Write the folder with the first wherry in the path."""
    queue, expected = _write_queue(f"{folder}/data")
    memory, of_rtc = _write_rtc(f"{folder}/data", queue)
    expected |= of_rtc
    expected["thinned"] = _write_thinned(f"{folder}/thinned")
    ring, *expected["ringed"] = _write_ring(f"{folder}/ringed")
    Path(folder, "rtc").write_bytes(memory)
    Path(folder, "ring").write_bytes(ring)
    reported = json.dumps(expected, ensure_ascii=False, default=lambda octets: bytes(octets).hex())
    Path(folder, "expected.json").write_text(reported + "\n")


def main():
    """Take the code out of a commit and write the folder with it."""
    if os.environ.get("PYTHONPATH"):
        write(sys.argv[2])
        return
    with TemporaryDirectory() as code:
        archive = subprocess.run(
            ["git", "archive", sys.argv[1], "lib"], capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", code], input=archive.stdout, check=True)
        environment = {**os.environ, "PYTHONPATH": f"{code}/lib:{_STUBS}"}
        subprocess.run([sys.executable, *sys.argv], env=environment, check=True)


if __name__ == "__main__":
    main()
