"""The nodes whose heap is measured: their uplinks, sensors, faults and signs of success."""

from dataclasses import dataclass, replace

_WRONG_KEY = "no-such-key"
_WRONG_UUID = "00000000-0000-4000-8000-000000000000"


def _plain(section):
    return {"gzip": "off"}


_PLAIN = "harbor", _plain


@dataclass(frozen=True)
class Case:
    """A node and its faults.

    `signs` are patterns of lines that its console shows one after the other if the heap suffices.
    `uplinks` are dialects as rig_uplinks.sections takes them: `_PLAIN` is Harbor without gzip, and
    "harbor" with its default, by which the first batch tries gzip. `sensors` are drivers, `faults`
    are the server's faults. The scan begins `start_kb` above a bare boot, well below any size that
    has ever worked.
    """

    signs: tuple[str, ...]
    uplinks: tuple = (_PLAIN,)
    sensors: tuple[str, ...] = ("bme280", "battery")
    faults: tuple[dict, ...] = ()
    start_kb: int = 56
    #: The node has run before without an access point, and rows without a time wait.
    is_undated: bool = False
    #: The board has a DS3231, which the node sets when it knows the time.
    has_clock: bool = False


def _two_keys(section):
    return {"api_key": [_WRONG_KEY, section["api_key"]]}


def _two_keys_plain(section):
    return _two_keys(section) | _plain(section)


def _two_tokens_and_a_wrong_name(section):
    names = section["names"] | {"humidity": _WRONG_UUID}
    return {"token": [_WRONG_KEY, section["token"]], "names": names}


_TOO_LARGE = {"kind": "status", "status": 413, "times": 1}
_TWICE = ("delivered", "delivered")

PLAIN = Case(_TWICE)
GZIP = Case(_TWICE, ("harbor",))
UNDATED = Case(("rows estimated", *_TWICE), is_undated=True)
CLOCK = Case(_TWICE, has_clock=True)
SENSORS_3 = Case(_TWICE, sensors=("bme280", "battery", "host"))
# The sensors whose drivers keep the most heap, except GPS.
LARGE_SENSORS = Case(_TWICE, sensors=("bme680", "scd4x", "pulse"))
# The GPS driver, seven channels, and a receive buffer of 2 KB.
GPS = Case(_TWICE, sensors=("bme280", "battery", "gps"))
HERE = Case(_TWICE, ("here",), start_kb=64)
SENSOCAN = Case(_TWICE, ("sensocan",), start_kb=64)
ALL = Case(
    ("here: delivered", "harbor: delivered", "sensocan: delivered", *_TWICE),
    ("here", _PLAIN, "sensocan"),
    start_kb=64,
)
GZIP_ALL = replace(ALL, uplinks=("here", "harbor", "sensocan"))
# In one turn: the time, a refused key, a batch that is too large, a bad reading.
TROUBLE = Case(
    ("time: known", "key 2 of 2", "refused", *_TWICE),
    (("harbor", _two_keys_plain),),
    faults=(_TOO_LARGE, {"kind": "poison", "channel": "humidity", "times": 4}),
)
GZIP_TROUBLE = replace(TROUBLE, uplinks=(("harbor", _two_keys),))
# The same, plus a channel that the server does not know: only SensoCan reports that separately.
QUARANTINE = Case(
    ("time: known", "key 2 of 2", "humidity is held", *_TWICE),
    (("sensocan", _two_tokens_and_a_wrong_name),),
    faults=(_TOO_LARGE,),
)
