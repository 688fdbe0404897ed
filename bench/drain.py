"""A node sends a month's backlog: count its uploads, and check that its heap stays flat.

25,920 readings, six channels every ten minutes, are in the flash of a virtual board before it is
switched on. On battery, it sends them in uploads of 20 s, over a link that is slowed down to rates
that others have measured on the chip. On mains, it sends them over the bare loopback, in the
smallest sufficient heap.
"""

import random
import re
import socket
import tempfile
import threading
import time
from pathlib import Path

from wherry.health_channels import CHANNELS
from wherry.queue.queue import Queue
from wherry.rows.frame import ROWS
from wherry_host.demo.rig import Rig
from wherry_host.virtual.image import Image

from bench import heap, heap_cases
from bench.rows import row

_ROW_COUNT = 30 * 144
# Five batches, for the quick form.
_QUICK_ROW_COUNT = 150
# A backlog of two batches, for comparison.
_FEW_ROWS = 34
_STEP_S = 600
_CHANNEL_COUNT = 6
# From 1970 to 2000.
_EPOCH_S = 946_684_800
_SENSORS = [
    {"driver": "bme280", "address": 0x76},
    {"driver": "bme280", "address": 0x77, "prefix": "out_"},
]
_DEVICES = [{"kind": "bme280", "address": at} for at in (0x76, 0x77)]
_BATTERY_S = 600
_MAINS_S = 90
# The number of successive sizes that must work for the whole drain, from the first size that
# worked for a short drain on.
_STEPS = heap.Steps(1, 4)

# The link on battery. MicroPython's TLS on an ESP32 reaches 70 kB/s (micropython#5543); with a
# guess of half a millisecond for each reading's text, this is 50 kB/s. A handshake takes 0.9 to
# 1.3 s (microdot#34, micropython-esp32#131), including two answers in transit.
_BYTES_PER_S = 50_000
_ANSWER_S = 0.25
_HANDSHAKE_S = 0.6
_PIECE_SIZE = 4096
_DELIVERED = r"delivered (\d+)"


class SlowLink:
    """Relays TCP connections to a port on loopback with a delay; `count` counts them."""

    def __init__(self, port, slow):
        self.count = 0
        self._origin_port = port
        self._slow = slow
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """Accept no more connections."""
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.count += 1
            origin = socket.create_connection(("127.0.0.1", self._origin_port))
            if self._slow:
                time.sleep(_HANDSHAKE_S)
            for pump in ((client, origin, _up_s), (origin, client, _answer_s)):
                threading.Thread(target=self._pump, args=pump, daemon=True).start()

    def _pump(self, source, target, wait_s):
        try:
            while piece := source.recv(_PIECE_SIZE):
                if self._slow:
                    time.sleep(wait_s(piece))
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            target.close()


def _up_s(piece):
    return len(piece) / _BYTES_PER_S


def _answer_s(_):
    return _ANSWER_S


def measure(quick):
    """Return {key: row} for the bench's table."""
    row_count = _QUICK_ROW_COUNT if quick else _ROW_COUNT
    uploads, _ = drained("battery", row_count, None, _BATTERY_S)
    few, whole, connections = _least_heaps(row_count, quick)
    print(f"drain: {few} KB for {_CHANNEL_COUNT * _FEW_ROWS} readings, {whole} KB for all")
    return {
        "drain_30d_uploads": row(uploads, "", 7),
        "drain_30d_connections": row(connections, "", None, 1),
        "drain_heap": row(whole - few, "KB", 0),
    }


def _least_heaps(row_count, quick):
    """Return the KB that suffice for few readings and for all, and the connections for all."""
    start = heap.bare_kb(quick) + (heap.QUICK_START_KB if quick else heap_cases.PLAIN.start_kb)
    connections = []

    def works(kb, count):
        found = drained("mains", count, kb << 10, _MAINS_S)
        connections.append(found and found[1])
        return found is not None

    steps = (heap.COARSE, heap.COARSE) if quick else (heap.FINE, _STEPS)
    few = heap.scan(start, lambda kb: works(kb, _FEW_ROWS), steps[0])
    connections.clear()
    whole = heap.scan(few, lambda kb: works(kb, row_count), steps[1])
    return few, whole, max(filter(None, connections))


def drained(source, row_count, heap_size, timeout_s):
    """Return (uploads, connections) until a backlog is sent, or None if the memory ran out.

    `source` is the power source; `heap_size` is in bytes, or None for a large heap; `timeout_s`
    limits each upload.
    """
    config = {
        "node": {"sample_every": "5 s", "send_every": "1 h"},
        "power": {"source": source},
        "sensor": _SENSORS,
    }
    board = {"devices": _DEVICES, "heap_size": heap_size}
    with Rig(config=config, board=board) as rig:
        rig.deploy_image()
        _fill(rig, row_count)
        port = int(rig.service.url.rpartition(":")[2])
        link = SlowLink(port, slow=source == "battery")
        rig.board.options.ports[port] = link.port
        rig.board.start()
        try:
            uploads = _uploads(rig.board, _CHANNEL_COUNT * row_count, timeout_s)
        finally:
            link.close()
        if uploads and len(rig.points()) < _CHANNEL_COUNT * row_count:
            raise AssertionError("the server has not got them all")
        return uploads and (uploads, link.count)


def _uploads(board, reading_count, timeout_s):
    """Return the number of uploads until the backlog is sent, or None if the memory ran out."""
    seen = 0
    while True:
        board.wait_line(r"delivered \d+|MemoryError|FATAL", timeout_s, seen)
        seen = len(board.lines)
        texts = [text for _, text in board.lines]
        if any("MemoryError" in text or "FATAL" in text for text in texts):
            return None
        counts = [int(found[1]) for text in texts if (found := re.search(_DELIVERED, text))]
        if sum(counts) >= reading_count:
            return len(counts)


def _fill(rig, row_count):
    """Write the backlog to the flash of the powered-off board."""
    choose = random.Random(4)
    sections = rig.config.typed["sensor"]
    channels = [tuple(each) for section in sections for each in section["channels"]]
    end_s = rig.clock.now_us() // 1_000_000 - _EPOCH_S
    values = [2137, 5512, 101_325, 1650, 7012, 101_280]
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        queue = Queue(folder, channels + list(CHANNELS), False, 1 << 20, None, ROWS)
        for i in range(row_count):
            values = [value + choose.randint(-9, 9) for value in values]
            s = end_s - _STEP_S * (row_count - i)
            queue.append(0, 0, s, 0, (1 << len(values)) - 1, values)
        with Image(rig.board.flash) as image:
            for path in Path(folder).rglob("*"):
                if path.is_file():
                    name = path.relative_to(folder)
                    image.write(f"data/{name}", path.read_bytes())
