"""The modules for wakes that only keep a row in RTC memory: firmware/calm.py and row_wake.py."""

from wherry.channels import Channels
from wherry.reading import ROW_CHANNELS_MAX
from wherry.rows.segment import schema_crc

NAMES = ["calm", "row_wake"]
# The members of the first one.
_DECIDING = "wherry/stage/memory", "wherry/stage/newest", "calm"
# The members of the second one. A class comes after the classes that it is made of.
_MEMBERS = """
wherry/__init__ chip settings wherry/stage/memory wherry/stage/newest wherry/stage/state
wherry/rows/frame wherry/rows/form wherry/rows/varint wherry/rows/put wherry/rows/writer
wherry/rows/reader wherry/stage/record wherry/stage/rows wherry/stage/recovery wherry/stage/stage
wherry/time/clock wherry/time/setting wherry/reading wherry/sampling/sampler battery board sensing
row_wake
""".split()  # noqa: SIM905
# A frame's writer holds this module itself.
_APART = ("wherry/rows/rice",)


def has_row_wakes(typed):
    """Return whether wakes of a node may only keep a row: one in RTC memory, and one only.

    `typed` is a checked configuration. Fast sensors are read in other wakes, too.
    """
    waits = typed["node"]["durability"] == "stage" and typed["power"]["source"] == "battery"
    is_fast = any("rate_hz" in sensor for sensor in typed["sensor"])
    return waits and not is_fast and len(_of_sensors(typed)) <= ROW_CHANNELS_MAX


def programs(typed, drivers):
    """Return the arguments of with_program, but for the first, for each module of such wakes.

    None of them for a node without such wakes; `drivers` are its sensors' modules.
    """
    if not has_row_wakes(typed):
        return ()
    return (
        ("calm", _DECIDING, (), "keep_row", ()),
        ("row_wake", tuple(_MEMBERS), _APART, "run", tuple(drivers)),
    )


def facts(typed):
    """Return what such a wake knows of the channels: their CRC, and how many they are."""
    channels = Channels(_of_sensors(typed))
    return {
        "schema": schema_crc(channels, typed["node"]["stamps"] == "ms"),
        "count": len(channels),
        "own_count": len(channels) - len(_of_sensors(typed)),
    }


def _of_sensors(typed):
    return [tuple(each) for sensor in typed["sensor"] for each in sensor["channels"]]
