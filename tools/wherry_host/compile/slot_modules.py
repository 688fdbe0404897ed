"""Find the modules of firmware/ and lib/ that a node may load; its slot has only those.

Imports anywhere in a module are followed, starting from the application, its drivers and dialects.
Parts that the configuration rules out are left out.
"""

import ast
from functools import cache

from wherry_host.compile import dialects, row_wake
from wherry_host.compile.syntax import nodes, parsed
from wherry_host.places import FIRMWARE, LIB, firmware_sources

APPLICATION = "app"
# This module creates the sensors of third-party drivers.
ADAPTER = "adapted"
# Needed only for an uplink with a session, several keys or a selection of channels.
_OF_SESSIONS = """
wherry/sending/session/session wherry/sending/session/session_upload
wherry/sending/session/sessions wherry/sending/session/session_file wherry/sending/session/keys
wherry/sending/session/server_requests wherry/sending/refusal/unconfirmed
""".split()  # noqa: SIM905
# Needed only for an uplink with a selection of channels.
_OF_SELECTIONS = """
wherry/sending/selected_upload wherry/sending/batch/selected_batch wherry/sending/batch/selection
wherry/sending/refusal/quarantine wherry/sending/refusal/release
""".split()  # noqa: SIM905
# Modules that are needed if a section has any of these keys; a fast sensor has a rate.
_OF_SENSORS = {
    ("rate_hz",): ["wherry/sampling/fifo", "wherry/sampling/pace"],
    ("several",): ["wherry/sampling/several"],
    ("adjust",): ["wherry/sampling/adjusted"],
    ("derive",): ["wherry/sampling/derived"],
    ("alarm",): ["wherry/sampling/alarms"],
    ("report",): ["wherry/sampling/changes"],
    ("pin", "trigger"): ["pins"],
    ("debounce_ms",): ["pulses", "counter", "at_once"],
    ("every", "power_pin"): ["wherry/sampling/plan"],
}
# Each node keeps these for its whole run, so they become two modules, see linked.py. Each module
# comes after the modules with its base classes. A single linked module would have more than 64
# functions and classes. MicroPython's collector can note at most 64 at a time, so it would scan
# the whole heap again in each collection, which would take twice as long.
_ROWS, _NODE = "wherry/linked_rows", "wherry/linked_node"
_KEPT_ROWS = """
rows/mask rows/frame channels time/clock rows/form rows/writer rows/reader
stage/memory stage/stage rows/walker
""".split()  # noqa: SIM905
_KEPT_NODE = """
queue/ledger sending/verdict reading sampling/sampler sending/outcome sending/batch/batch
sending/upload sending/session/session sending/session/session_upload node
""".split()  # noqa: SIM905
# Modules that are always loaded together, for a short time.
_TOGETHER = {
    "linked_selected": "wherry/sending/batch/selection wherry/sending/selected_upload",
    "linked_address": "server_address lookup wherry/net/dns",
    "linked_time": "network_time wherry/time/sntp",
    "linked_choice": "wherry/time/drift wherry/time/setting wherry/time_sources/choice",
    "linked_clock": "wherry/time/anchors wherry/time/rtc",
    "linked_delivery": "wherry/sending/step wherry/delivery",
    "linked_body": "wherry/http/digits wherry/http/json_body",
    "linked_shape": "wherry/uplinks/uuid wherry/uplinks/sensocan/shape",
    "linked_stage": "wherry/stage/newest wherry/stage/state wherry/stage/recovery",
    "linked_queue": "wherry/queue/open_frame wherry/queue/recovery",
    "linked_ledger": "wherry/small_file wherry/queue/ledger_form wherry/queue/note",
    "linked_fifo": "wherry/sampling/pace wherry/sampling/fifo wherry/sampling/fifos",
    "linked_staged": "wherry/stage/record wherry/stage/rows",
    "linked_append": "wherry/rows/put wherry/queue/append",
}
# The body of an uplink with gzip, if it is the only uplink, and otherwise.
_PACKED_ALONE = "wherry/http/deflate wherry/http/gzip_body"
_PACKED = "wherry/http/digits " + _PACKED_ALONE
_KEPT_OF_FILES = ["queue/layout", "queue/queue", "queue/reader"]
_KEPT_OF_A_RING = ["ring/pages", "ring/continuation", "ring/ring", "ring/reader"]
# The imports of an upload, then the imports of a wake that moves rows, and last the imports of
# each wake that stores a row, because littlefs seeks in a file from its end. Drivers and dialects
# come where their folders are named.
_LAST = """
tls_room wifi station access_points
wherry/time_sources/ds3231 wherry/time_sources/recall wherry/linked_address wherry/ready
wherry/time_sources/servers
wherry/linked_time
wherry/linked_choice wherry/health
wherry/sending/schedule/uplink_turn wherry/sending/begin wherry/linked_delivery
wherry/uplinks/harbor/request wherry/http/request wherry/http/head connection
wherry/linked_body wherry/linked_packed wherry/http/response wherry/sending/follow_up
wherry/sending/gzip_trial sag
wherry/power/level
wherry/queue/listing wherry/queue/tail wherry/queue/room wherry/queue/new_segment
wherry/queue/many wherry/linked_staged wherry/stage/drain
app wherry/__init__ settings assemble on_battery guard chip wherry/linked_rows wherry/linked_node
wherry/sensors/
wherry/uplinks/ recovery rtc wherry/linked_ledger wherry/rows/varint wherry/linked_append
wherry/linked_stage wherry/linked_clock wherry/rows/segment wherry/linked_queue
sensing board battery
""".split()  # noqa: SIM905
# Every module that is named here.
LISTED = {
    *_OF_SESSIONS,
    *_OF_SELECTIONS,
    *(f"wherry/{name}" for name in _KEPT_ROWS + _KEPT_NODE + _KEPT_OF_FILES + _KEPT_OF_A_RING),
    *(name for members in (*_TOGETHER.values(), _PACKED) for name in members.split()),
    *(name for name in _LAST if "linked_" not in name and not name.endswith("/")),
} - {APPLICATION}


def needed(typed, board, firmware=FIRMWARE):
    """Return {name in the slot without suffix: source file}, in the order of a slot.

    `typed` is a checked configuration, `board` is from boards.load().
    """
    roots = APPLICATION, "wherry/__init__", *drivers(typed), *_dialects(typed)
    found = _reached(roots, typed, board, firmware)
    last = list(_last(typed, board, found))
    return {name: found[name] for name in [*sorted(set(found) - set(last)), *last]}


def of_sensing(typed, board, firmware=FIRMWARE):
    """Return {name: source file} of all modules that read the sensors of a configuration."""
    return _reached(("sensing", "wherry/__init__", *drivers(typed)), typed, board, firmware)


def of_network(typed, board, firmware=FIRMWARE):
    """Return {name: source file} of all modules that join Wi-Fi and contact a server."""
    roots = "link", "chip", "rtc", "wherry/__init__", "wherry/http/request"
    return _reached(roots, typed, board, firmware)


def _reached(roots, typed, board, firmware):
    known = _known(firmware)
    ruled_out = _ruled_out(typed, board)
    found = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or name not in known or name.startswith(ruled_out):
            continue
        found[name] = known[name]
        waiting += _mentioned(known[name])
    return found


def linked_modules(typed, board):
    """Return ((slot name of a linked module, slot names of its members), ...)."""
    of_queue = _KEPT_OF_A_RING if board.get("wlog_size") else _KEPT_OF_FILES
    kept = (_ROWS, _KEPT_ROWS), (_NODE, _KEPT_NODE + of_queue)
    together = dict(_TOGETHER)
    if any(uplink["kind"] == "here" for uplink in typed["uplink"]):
        # HERE's bodies also have digits, but in another form.
        del together["linked_body"]
    if any(map(_has_gzip, typed["uplink"])):
        # Plain bodies also have digits.
        together.pop("linked_body", None)
        together["linked_packed"] = _PACKED if len(typed["uplink"]) == 1 else _PACKED_ALONE
    return (
        *((name, tuple(f"wherry/{each}" for each in members)) for name, members in kept),
        *((f"wherry/{name}", tuple(members.split())) for name, members in together.items()),
    )


def _last(typed, board, found):
    """Yield the names that come last in a slot."""
    several = {
        "wherry/sensors/": drivers(typed),
        "wherry/uplinks/": _dialects(typed),
        **dict(linked_modules(typed, board)),
    }
    for name in _LAST:
        for each in dict.fromkeys(several.get(name, [name])):
            if each in found:
                yield each


def _known(firmware):
    """Return {name: source file} of all device code; main.py is the application."""
    known = firmware_sources(firmware)
    known[APPLICATION] = known.pop("main")
    for path in LIB.rglob("*.py"):
        known["wherry/" + path.relative_to(LIB).with_suffix("").as_posix()] = path
    return known


def driver_module(sensor):
    """Return the slot name of the module whose Sensor a section uses."""
    return ADAPTER if "source" in sensor else f"wherry/sensors/{sensor['driver']}"


def drivers(typed):
    """Return the slot names of the modules of the sensors' drivers."""
    return [driver_module(sensor) for sensor in typed["sensor"]]


def _dialects(typed):
    return [f"wherry/uplinks/{uplink['kind']}/dialect" for uplink in typed["uplink"]]


@cache
def _mentioned(path):
    """Return the slot names of all modules that a source may import."""
    found = set()
    tree = parsed(path.read_text("utf-8"))
    for node in nodes(tree, ast.Import):
        found |= {alias.name for alias in node.names}
    for node in nodes(tree, ast.ImportFrom):
        found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return [name.replace(".", "/") for name in sorted(found)]


def _ruled_out(typed, board):
    """Return the name prefixes of the modules that this node never loads."""
    # Configurations are checked on the host only.
    names = ["wherry/config/messages"]
    kinds = {uplink["kind"] for uplink in typed["uplink"]}
    names.append("wherry/queue/queue" if board.get("wlog_size") else "wherry/ring/")
    programs = row_wake.programs(typed, board, ())
    names += [name for name in ("calm", "row_wake", "guard") if name not in programs]
    if "guard" not in programs:
        names += ["sag", "wherry/power/level"]
    if typed["power"]["source"] != "battery":
        names.append("access_points")
    if not typed["power"]["capacity_mah"]:
        names += ["charge", "wherry/power/charge", "wherry/power/ledger"]
    if not typed["power"]["cadence"]:
        names += ["cadence", "wherry/power/cadence"]
    for keys, modules in _OF_SENSORS.items():
        if not any(key in sensor for key in keys for sensor in typed["sensor"]):
            names += modules
    if not any(map(_has_gzip, typed["uplink"])):
        names += ["wherry/http/deflate", "wherry/http/gzip_body", "wherry/uplinks/harbor/packed"]
    if not typed["time"]["ds3231"]:
        names += ["wherry/time_sources/ds3231", "wherry/time_sources/recall"]
    if not any("gzip_trial" in uplink for uplink in typed["uplink"]):
        names.append("wherry/sending/gzip_trial")
    if "here" not in kinds:
        names += ["wherry/scans/", "scans"]
    if not any(uplink["selection"] for uplink in typed["uplink"]):
        names += _OF_SELECTIONS
    if not any(_has_session(uplink) for uplink in typed["uplink"]):
        names += _OF_SESSIONS
        if len(typed["uplink"]) == 1:
            names += ["wherry/sending/schedule/uplink_turn", "wherry/sending/schedule/schedule"]
    return tuple(names)


def _has_gzip(uplink):
    return bool(uplink.get("gzip"))


def _has_session(uplink):
    """Return True if an uplink is a SessionUpload, as firmware/boot/assemble.py decides."""
    dialect = dialects.dialect(uplink["kind"])
    several_keys = isinstance(uplink.get("api_key"), list)
    return bool(uplink["selection"]) or hasattr(dialect, "Session") or several_keys
