"""Nodes that lie: what is planted into a copy of the firmware, and how a demo is run from it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TIMEOUT_S = 600
_LOST = "lost: neither at the server nor in flash"

# Places in lib/wherry, each there once.
_QUEUE_ROW = "        number = self.queue.append(*row)\n"
_KEPT_ROW = _QUEUE_ROW + '        self.ports.say("row %d: %d readings" % (number, len(row[-1])))\n'
_NO_ORDERS = "    orders = None\n"
_SORTED = "        found.sort()\n"
_SLOW = "        slow = []\n"
_EVERY = 'self.sample_every_ms = node["sample_every_ms"]'
_KEEP = "            self._keep(ticks, stamp + row)\n"
_BEGIN = "        _begin(upload, failures)\n"
_DELIVERED = "        ledger.delivered += self.batch.count\n"
_REQUEST = "        self.batch.learned_max = self.count_max\n"
_BASE = "    base = len(node.queue.channels)"
_IS_TAKEN = "    if 200 <= response.status < 300 and"

# Of four rows of sensors in a row one; a row of health has more readings.
_EACH_FOURTH = "        if row[2] % 4 == 3 and len(row[5]) < 12:\n"


@dataclass(frozen=True)
class Lie:
    """`changes` are (file below lib/wherry, text, text in its place).

    `words` stand together in a line that the judge prints; `seconds` is how long the demo takes,
    `scale` the speed of its clock.
    """

    name: str
    words: tuple
    changes: tuple
    seconds: int = 15
    scale: int = 2


def _lie(name, words, *changes, **options):
    return Lie(name, words, changes, **options)


HONEST = _lie("none", (), seconds=30)
LIES = (
    # Those of a review, most of which an account once believed.
    _lie(
        "a row is left out",
        ("temperature at", _LOST),
        ("node.py", _QUEUE_ROW, _EACH_FOURTH + "            return\n" + _QUEUE_ROW),
    ),
    _lie(
        "a row is left out and printed as kept",
        ("temperature at", _LOST),
        (
            "node.py",
            _QUEUE_ROW,
            _EACH_FOURTH + "            kept = self.queue.next_row, len(row[5])\n"
            '            self.ports.say("row %d: %d readings" % kept)\n'
            "            self.queue.next_row += 1\n"
            "            self.queue.readings += len(row[5])\n"
            "            return\n" + _QUEUE_ROW,
        ),
    ),
    _lie(
        "a lost row hides in a gap",
        ("temperature at", _LOST),
        (
            "node.py",
            _QUEUE_ROW,
            _EACH_FOURTH + "            from wherry.stage import gaps\n\n"
            "            after = 1, 0, 0xFFFFFFF0, 0\n"
            "            gaps.note(self.queue.root, self.queue.next_row, (1, 0, 0, 0), after)\n"
            "            return\n" + _QUEUE_ROW,
        ),
    ),
    _lie(
        "every fifth row lacks a reading",
        ("humidity at", _LOST),
        (
            "sampler.py",
            _SORTED,
            _SORTED + "        if begin // 1000 % 5 == 4:\n"
            "            found = [each for each in found if each[0] != 1]\n",
        ),
    ),
    _lie(
        "no row has the temperature",
        ("temperature at", _LOST),
        ("sampler.py", _SORTED, _SORTED + "        found = [each for each in found if each[0]]\n"),
    ),
    _lie(
        "the cursor jumps over rows in flash",
        ("is in flash, and the node has gone past it",),
        (
            "delivery.py",
            _BEGIN,
            _BEGIN + "        if upload.waiting() > 60:\n"
            "            upload.ledger.row += 5\n"
            "            upload.ledger.damaged += 30\n"
            "            upload.ledger.save()\n",
        ),
    ),
    _lie(
        "twice as many are delivered as were",
        ("the ledger says", "delivered, the server has"),
        ("sending/upload.py", _DELIVERED, "        ledger.delivered += 2 * self.batch.count\n"),
    ),
    _lie(
        "all that the node says of itself is 777",
        ("node_", "the node says 777"),
        ("health.py", _BASE, "    values = [777] * len(values)\n" + _BASE),
    ),
    _lie(
        "a value is another one",
        ("temperature at", "was measured"),
        (
            "sampler.py",
            _SORTED,
            _SORTED + "        found = [(i, value // 100 * 100) for i, value in found]\n",
        ),
    ),
    _lie(
        "a row is kept twice under two stamps",
        ("in flash", "nothing was measured"),
        (
            "node.py",
            _KEEP,
            _KEEP + "            if self.queue.next_row % 5 == 2:\n"
            "                self._keep(ticks, self.clock.stamp(ticks + 1, ms, last_ms) + row)\n",
        ),
    ),
    _lie(
        "the node samples half as often",
        ("bme280 at", "sampled"),
        ("node.py", _EVERY, 'self.sample_every_ms = 2 * node["sample_every_ms"]'),
    ),
    # Those of our own.
    _lie(
        "the node samples a little less often",
        ("bme280 at", "sampled", "times in"),
        ("node.py", _EVERY, 'self.sample_every_ms = node["sample_every_ms"] * 13 // 10'),
    ),
    _lie(
        "the last values are kept again instead of reading",
        ("in flash", "nothing was measured"),
        (
            "sampler.py",
            _SLOW,
            "        if self.rows and begin // 1000 % 3 == 2:\n            return begin\n" + _SLOW,
        ),
    ),
    _lie(
        "stamps are 2 s late",
        ("the stamp", "ms off"),
        ("time/clock.py", "return state.ref_ms + passed", "return state.ref_ms + 2000 + passed"),
        # At this speed no stall of a busy computer is as large.
        seconds=30,
        scale=1,
    ),
    _lie(
        "rows wait in the heap and are stored nine at a time",
        ("temperature at", _LOST),
        (
            "node.py",
            _KEPT_ROW,
            "        self.heap.append(row)\n"
            "        if len(self.heap) >= 9 or len(row[5]) > 12:\n"
            "            for each in self.heap:\n"
            "                number = self.queue.append(*each)\n"
            '                self.ports.say("row %d: %d readings" % (number, len(each[5])))\n'
            "            self.heap.clear()\n",
        ),
        ("node.py", _NO_ORDERS, _NO_ORDERS + "    heap = []\n"),
    ),
    _lie(
        "a reading is set aside that no server has refused",
        ("set aside, and the server has refused nothing",),
        (
            "sending/upload.py",
            _REQUEST,
            "        if self.ledger.delivered > 30 and not self.ledger.set_aside:\n"
            "            from wherry.sending.set_aside import set_aside\n\n"
            '            set_aside(self, 422, "no")\n' + _REQUEST,
        ),
    ),
    _lie(
        "a failing server is taken for one that has stored",
        ("is in flash, and the node has gone past it",),
        (
            "uplinks/harbor/dialect.py",
            _IS_TAKEN,
            "    if response.status >= 429:\n"
            '        return verdict.DELIVERED, "HTTP 202"\n' + _IS_TAKEN,
        ),
        # Time for the server's trouble.
        seconds=30,
    ),
    _lie(
        "what waits is said to be none",
        ("node_waiting at", "the node says 0"),
        ("health.py", "        upload.waiting(),\n", "        0,\n"),
    ),
    _lie(
        "boots are not counted",
        ("node_boots at", "the node says 1"),
        ("health.py", "        state.boot,\n", "        1,\n"),
    ),
    _lie(
        "the signal is better than it is",
        ("node_rssi at", "the node says -40"),
        ("health.py", "node.link.rssi()", "-40"),
    ),
    _lie(
        "the console says more than was delivered",
        ("the console says", "delivered, the server has"),
        ("delivery.py", "upload.name, sent, upload", "upload.name, sent + 1, upload"),
    ),
)


def planted(folder, lie):
    """Copy into a folder what a demo needs, with a lie in it; return the folder, for Python."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lib" / "wherry", folder / "wherry", ignore=ignored)
    (folder / "tools").mkdir()
    for name in ("tools/wherry_host", "firmware", "boards"):
        (folder / name).symlink_to(ROOT / name)
    for file, old, new in lie.changes:
        path = folder / "wherry" / file
        text = path.read_text()
        assert text.count(old) == 1, f"{lie.name}: {file} has it {text.count(old)} times: {old!r}"
        path.write_text(text.replace(old, new))
    return folder


def demo(folder, *options):
    """Run `wherry demo` from such a folder; return (exit code, all that it printed)."""
    command = [sys.executable, "-c", "from wherry_host.cli import main; main()", "demo", *options]
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{folder}/tools"}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S
    )
    return done.returncode, done.stdout + done.stderr
