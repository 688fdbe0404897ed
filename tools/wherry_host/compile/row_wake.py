"""The modules for wakes that only store a row, and for wakes on an empty battery.

These are calm.py, row_wake.py and guard.py of firmware/.
"""

from wherry.channels import Channels
from wherry.health_channels import charge_channels
from wherry.reading import ROW_CHANNELS_MAX
from wherry.rows.frame import RICE, ROWS
from wherry.rows.segment import schema_crc

from wherry_host.compile.empty_battery import empty_mv

_DECIDING = "wherry/stage/memory", "wherry/stage/newest", "calm"
_GUARDING = """
wherry/stage/memory wherry/stage/newest wherry/stage/rewrite wherry/power/level wherry/small_file
battery cell rtc guard
""".split()  # noqa: SIM905
# The members of row_wake; a class comes after its base classes.
_MEMBERS = """
wherry/__init__ chip settings wherry/stage/memory wherry/stage/newest wherry/stage/state
wherry/rows/mask wherry/rows/frame wherry/rows/form wherry/rows/varint wherry/rows/put
wherry/rows/writer wherry/rows/reader wherry/queue/layout wherry/queue/open_frame
wherry/stage/record wherry/stage/rows wherry/stage/recovery wherry/stage/stage wherry/time/clock
wherry/time/rtc wherry/time/sleep_clock wherry/reading wherry/sampling/sampler
wherry/power/charge battery board sensing row_wake
""".split()  # noqa: SIM905
# A frame's writer holds this module object.
_APART = ("wherry/rows/rice",)


def programs(typed, board, drivers):
    """Return {module of a node: arguments of with_program after the first}.

    `typed` is a checked configuration, `board` is from boards.load(), `drivers` are the sensors'
    modules. Rows wait in RTC memory if the configuration requires it, or on an empty battery;
    otherwise they go to the row file, if the board has one. Such a wake writes a single row,
    without fast sensors, which are also read in other wakes.
    """
    if typed["power"]["source"] != "battery":
        return {}
    is_fast = any("rate_hz" in sensor for sensor in typed["sensor"])
    takes_rows = not is_fast and len(channels_of_sensors(typed)) <= ROW_CHANNELS_MAX
    is_guarded = empty_mv(typed, board) is not None
    is_calm = typed["node"]["durability"] == "stage" or _has_row_file(typed, board)
    found = {}
    if takes_rows and is_calm:
        found["calm"] = _DECIDING, (), "keep_row", ()
    if takes_rows and (is_calm or is_guarded):
        found["row_wake"] = tuple(_MEMBERS), _APART, "run", tuple(drivers), _absent(typed, board)
    if is_guarded:
        found["guard"] = tuple(_GUARDING), (), "check", ()
    return found


def _has_row_file(typed, board):
    """Return True if wakes that only store a row write it to a row file."""
    return typed["node"]["durability"] == "row" and not board.get("wlog_size")


def _absent(typed, board):
    """Return the keys that no section has, the attribute of a fast sensor, and a counter."""
    asked = {key for each in typed["sensor"] for key in each}
    keys = {"several", "adjust", "alarm", "report", "calls", "derive"} - asked
    if not typed["power"]["capacity_mah"]:
        keys.add("currents")
    if not _has_row_file(typed, board):
        keys.add("row_kind")
    return "period_us", *sorted(keys), *(() if "debounce_ms" in asked else ("rest", "follow"))


def facts(typed, board):
    """Return the facts about the channels for a row wake: CRC, count, frame."""
    channels = Channels(channels_of_sensors(typed), charge_channels(typed))
    found = {
        "schema": schema_crc(channels, typed["node"]["stamps"] == "ms"),
        "count": len(channels),
        "own_count": len(channels) - len(channels_of_sensors(typed)),
    }
    if _has_row_file(typed, board):
        found["row_kind"] = RICE if typed["node"]["queue_coding"] == "rice" else ROWS
    return found


def channels_of_sensors(typed):
    """Return (name, unit, decimals) of each channel of the sensors."""
    return [tuple(each) for sensor in typed["sensor"] for each in sensor["channels"]]
