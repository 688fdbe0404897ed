"""The heap of a node's modules at each step of a turn, with 32-bit objects as on the chip.

A virtual board reports the loaded modules at a step; MicroPython's WebAssembly build, whose
objects have 32 bits, then loads the same files. If a step comes several times, the largest value
counts.
"""

import json
import subprocess
import tempfile
from pathlib import Path

from bench import heap_cases
from bench.heap_boards import nodes
from bench.missing import MissingError
from bench.rows import row

# `make bench` installs these: Node.js in a separate venv, the MicroPython package, and the
# program.
_ROOM = Path("build/wasm")
_NODE = _ROOM / "venv/bin/node"
_PROGRAM = _ROOM / "modules.mjs"
_TURN_S = 30
_KB = 1024


def measure():
    """Return {key: row} for the bench's table.

    Raises MissingError if `make bench` has not installed the programs.
    """
    steps = steps_kb(heap_cases.PLAIN)
    print(f"heap, modules on 32-bit objects: {json.dumps(steps)}")
    return {"heap_modules_kb_32": row(steps["handshake"], "KB", 40, 34, digits=1)}


def steps_kb(case):
    """Return {step: KB of its modules} for a node's start and first upload."""
    with nodes(case) as made:
        with made.board(heap_steps=True) as board:
            board.wait_line("delivered", _TURN_S)
            board.wait_event("heap", _TURN_S, len(board.events), what="rest")
            events = [event for event in board.events if event["event"] == "heap"]
        sets = {(event["what"], frozenset(event["modules"])) for event in events}
        sizes = _sizes(made.plan.files, [sorted(modules) for _, modules in sets])
    found = {}
    for (step, _), size in zip(sets, sizes, strict=True):
        found[step] = max(found.get(step, 0), round(size / _KB, 1))
    return found


def _sizes(files, steps):
    """Return, for each of several lists of a slot's modules, the bytes that it needs."""
    if not _NODE.exists():
        raise MissingError(f"{_NODE} is missing: `make bench` installs it")
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        for path, content in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        known = {path.removesuffix(".mpy").replace("/", ".") for path in files}
        known |= {name.removesuffix(".__init__") for name in known}
        asked = [[name for name in modules if name in known] for modules in steps]
        done = subprocess.run(
            [_NODE, _PROGRAM, folder],
            input=json.dumps(asked),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return json.loads(done.stdout)
