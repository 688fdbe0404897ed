"""Which modules of firmware/ and lib/ a node may ever load: those are in its slot, no others.

From the application, its drivers and dialects on, what a module imports or names in a text, as in
`once("wherry.health", "add", ...)`, is followed; but for parts that the configuration rules out.
"""

import ast
from functools import cache
from importlib import import_module

from wherry_host.places import FIRMWARE, LIB
from wherry_host.syntax import nodes, parsed

APPLICATION = "app"
# What only an uplink with a session, several keys or a part of the channels needs.
_FULL = [
    f"wherry/{name}"
    for name in ("full_upload", "selected", "selection", "sessions", "holding", "doubt", "remote")
]
# Each node keeps these as long as it runs, so they become two modules, see linked.py. Each stands
# behind those whose classes its own are made of. One module for all would have more than 64
# functions and classes: MicroPython's collector can note no more at a time, and would go through
# the whole heap again in each collection, which then took twice as long.
_ROWS, _NODE = "wherry/linked_rows", "wherry/linked_node"
_KEPT_ROWS = """
small_file frame channels clock rows rows_writer rows_reader stage segment
""".split()  # noqa: SIM905
_KEPT_NODE = ["ledger", "verdict", "reading", "sampler", "batch", "upload", "node"]
_KEPT_OF_FILES = ["queue", "queue_reader"]
_KEPT_OF_A_RING = ["ring_pages", "chain", "ring", "ring_reader"]
# What a wake from deep sleep imports to keep a row, in this order; drivers and dialects come where
# their folders are named. It lies last: littlefs finds a place in a file from its end on.
_WAKE = """
app wherry/__init__ settings setup chip recovery wherry/linked_rows wherry/linked_node
wherry/stage_recovery wherry/clock_setting wherry/queue_recovery board wherry/sensors/
wherry/uplinks/
""".split()  # noqa: SIM905


def needed(typed, board, firmware=FIRMWARE):
    """Return {name in the slot without suffix: source file}, in the order of a slot.

    `typed` is a checked configuration, `board` that of boards.load().
    """
    known = _known(firmware)
    ruled_out = _ruled_out(typed, board)
    found = {}
    waiting = [APPLICATION, "wherry/__init__", *_drivers(typed), *_dialects(typed)]
    while waiting:
        name = waiting.pop()
        if name in found or name not in known or name.startswith(ruled_out):
            continue
        found[name] = known[name]
        waiting += _mentioned(known[name])
    last = list(_last(typed, board, found))
    return {name: found[name] for name in [*sorted(set(found) - set(last)), *last]}


def kept_modules(board):
    """Return ((name in the slot of a linked module, those of its members), ...)."""
    of_queue = _KEPT_OF_A_RING if board.get("wlog_size") else _KEPT_OF_FILES
    groups = (_ROWS, _KEPT_ROWS), (_NODE, _KEPT_NODE + of_queue)
    return tuple((name, tuple(f"wherry/{each}" for each in members)) for name, members in groups)


def _last(typed, board, found):
    """Yield the names that lie last in a slot."""
    several = {
        "wherry/sensors/": _drivers(typed),
        "wherry/uplinks/": _dialects(typed),
        **dict(kept_modules(board)),
    }
    for name in _WAKE:
        for each in dict.fromkeys(several.get(name, [name])):
            if each in found:
                yield each


def _known(firmware):
    """Return {name: source file} of all device code; main.py is the application."""
    known = {path.stem: path for path in firmware.glob("*.py") if path.stem != "loader"}
    known[APPLICATION] = known.pop("main")
    for path in LIB.rglob("*.py"):
        known["wherry/" + path.relative_to(LIB).with_suffix("").as_posix()] = path
    return known


def _drivers(typed):
    return [f"wherry/sensors/{sensor['driver']}" for sensor in typed["sensor"]]


def _dialects(typed):
    return [f"wherry/uplinks/{uplink['kind']}" for uplink in typed["uplink"]]


@cache
def _mentioned(path):
    """Return the names, as in a slot, of all that a source may import."""
    found = set()
    tree = parsed(path.read_text("utf-8"))
    for node in nodes(tree, ast.Import):
        found |= {alias.name for alias in node.names}
    for node in nodes(tree, ast.ImportFrom):
        found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    texts = [node.value for node in nodes(tree, ast.Constant)]
    found |= {text for text in texts if isinstance(text, str)}
    return [name.replace(".", "/") for name in sorted(found)]


def _ruled_out(typed, board):
    """Return how the names of modules begin that this node never loads."""
    # Configurations are checked on the host only.
    names = ["wherry/config_words"]
    kinds = {uplink["kind"] for uplink in typed["uplink"]}
    if not board.get("wlog_size"):
        names += ["wherry/ring", "wherry/chain"]
    if not any("rate_hz" in sensor for sensor in typed["sensor"]):
        names += ["wherry/bursts"]
    if "here" not in kinds:
        names += ["wherry/oauth", "wherry/scans_", "wherry/modem", "scans"]
    if not any(_is_full(uplink) for uplink in typed["uplink"]):
        names += _FULL
        if len(typed["uplink"]) == 1:
            names += ["wherry/rounds"]
    return tuple(names)


def _is_full(uplink):
    """Return whether an uplink is one of wherry/full_upload.py, as firmware/setup.py decides."""
    dialect = import_module(f"wherry.uplinks.{uplink['kind']}")
    several_keys = isinstance(uplink.get("api_key"), list)
    return bool(uplink["selection"]) or hasattr(dialect, "KEPT") or several_keys
