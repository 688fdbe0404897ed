"""A GPS or GNSS receiver that speaks NMEA 0183 on a UART: where it is, how fast, how sure.

The driver reads GGA and RMC of any talker (GP, GN, GL, GA, BD, ..) with a valid checksum; the
fields are described in receivers' manuals (u-blox UBX-13003221, chapter "NMEA protocol"). A
reading uses the sentences of the 1.8 s after `start`, which include a complete second. All
arithmetic is in integers: 1e-6 degrees (11 cm), 0.1 m, 0.01 m/s, 0.1 degrees. The accuracy is HDOP
times 5 m, a common receiver's ranging error; two of three positions are within it.
"""

from micropython import const

OPTIONS = {"uart": ("bus", "gps")}
CHANNELS = (
    ("latitude", "°", 6),
    ("longitude", "°", 6),
    ("altitude", "m", 1),
    ("speed", "m/s", 2),
    ("heading", "°", 1),
    ("satellites", "", 0),
    ("accuracy", "m", 1),
)

_CYCLE_MS = const(1_800)
_READ_SIZE_MAX = const(4_096)
_SENTENCE_SIZE_MAX = const(120)
_FIELDS_MIN = const(10)
_WHOLE_SIZE_MAX = const(6)
# NMEA has two digits for the satellites; there are never more in view.
_SATELLITES_MAX = const(99)
# Maximum age of a fix, compared with the newest sentence: without satellites a receiver repeats
# the last fix.
_AGE_S_MAX = const(3)
_DAY_S = const(86_400)
# GGA's quality: GPS, differential, PPS, RTK fixed and float; not: estimated, manual, simulated.
_MEASURED = ("1", "2", "3", "4", "5")
# RMC's mode in later versions of NMEA: not valid, estimated, manual, simulated.
_NOT_MEASURED = ("N", "E", "M", "S")


def decode(data: bytes) -> list:
    """Return [(channel index, value)] of the newest fix; OSError has the reason if none."""
    moments = _moments(data)
    if not moments:
        raise OSError("no sentence in %d bytes: compare the board's baud" % len(data))
    # The newest second with both sentences; the last second may have been cut off.
    whole = [moment for moment in moments if moment[1] and moment[2]]
    time, gga, rmc = whole[-1] if whole else moments[-1]
    if not _is_measured(gga, rmc):
        raise OSError("no fix")
    time_s, newest_s = _time_s(time), _time_s(moments[-1][0])
    if time_s is None or newest_s is None or (newest_s - time_s) % _DAY_S > _AGE_S_MAX:
        raise OSError("no fix in the last %d s" % _AGE_S_MAX)
    values = _position(gga[2:6] if gga else rmc[3:7])
    if gga:
        values += _quality(gga)
    if rmc:
        values += _motion(rmc)
    return sorted([each for each in values if each[1] is not None])


def _moments(data):
    """Return [[time, GGA, RMC], ...]: the fields of each moment's sentences, None if missing."""
    moments = []
    for fields in _sentences(data):
        if not moments or moments[-1][0] != fields[1]:
            moments.append([fields[1], None, None])
        moments[-1][1 if fields[0][2:] == "GGA" else 2] = fields
    return moments


def _sentences(data):
    """Yield the fields of each complete GGA and RMC."""
    end = 0
    while True:
        begin = end = data.find(b"$", end) + 1
        if not begin:
            return
        star = data.find(b"*", begin, begin + _SENTENCE_SIZE_MAX)
        if star < 0 or data[begin + 2 : begin + 5] not in (b"GGA", b"RMC"):
            continue
        sentence = data[begin:star]
        total = 0
        for octet in sentence:
            total ^= octet
        if data[star + 1 : star + 3].upper() == b"%02X" % total and max(sentence) < 128:
            fields = sentence.decode().split(",")
            if len(fields) >= _FIELDS_MIN:
                yield fields


def _time_s(text):
    """Return the seconds of the day from a string hhmmss.ss, or None if it is not a time."""
    number = _truncated(text, 0)
    if number is None or text.find(".") not in (-1, 6):
        return None
    return number // 10000 * 3600 + number // 100 % 100 * 60 + number % 100


def _is_measured(gga, rmc):
    if gga and gga[6] not in _MEASURED:
        return False
    return not rmc or (rmc[2] == "A" and (len(rmc) < 13 or rmc[12] not in _NOT_MEASURED))


def _position(fields):
    """Return latitude and longitude from ddmm.mmmm, N, dddmm.mmmm, E; OSError if invalid."""
    latitude = _degrees(fields[0], fields[1], "NS", 90)
    longitude = _degrees(fields[2], fields[3], "EW", 180)
    if latitude is None or longitude is None:
        raise OSError("no position in " + ",".join(fields))
    return [(0, latitude), (1, longitude)]


def _degrees(text, side, sides, degrees_max):
    """Return a rounded angle in 1e-6 degrees, negative for south and west; None if invalid."""
    point = text.find(".")
    point = (len(text) if point < 0 else point) - 2
    if point < 1 or len(side) != 1 or side not in sides:
        return None
    degrees = _truncated(text[:point], 0)
    # In 1e-7 of a minute; further digits cannot change the rounded value.
    minutes = _truncated(text[point:], 7)
    if degrees is None or minutes is None or minutes >= 600_000_000:
        return None
    value = degrees * 1_000_000 + (minutes + 300) // 600
    if value > degrees_max * 1_000_000:
        return None
    return -value if side == sides[1] else value


def _quality(gga):
    """Return altitude above the sea, satellites and accuracy; None for missing fields."""
    dilution = _rounded(gga[8], 2)
    accuracy = None if dilution is None else (dilution * 5 + 5) // 10
    sign = -1 if gga[9][:1] == "-" else 1
    altitude = _rounded(gga[9].lstrip("-"), 1)
    satellites = _truncated(gga[7], 0)
    return [
        (2, None if altitude is None else sign * altitude),
        (5, satellites if satellites is None or satellites <= _SATELLITES_MAX else None),
        (6, accuracy),
    ]


def _motion(rmc):
    """Return speed and heading; None for missing fields, such as the heading at rest."""
    knots, heading = _rounded(rmc[7], 3), _rounded(rmc[8], 1)
    return [
        # A knot is 1852 m per hour.
        (3, None if knots is None else (knots * 463 + 4500) // 9000),
        (4, None if heading is None else heading % 3600),
    ]


def _rounded(text, decimals):
    """Return a non-negative number times 10**decimals, or None if `text` is not such a number."""
    number = _truncated(text, decimals + 1)
    return None if number is None else (number + 5) // 10


def _truncated(text, decimals):
    whole, _, fraction = text.partition(".")
    for c in whole + fraction:
        if not "0" <= c <= "9":
            return None
    if not whole or len(whole) > _WHOLE_SIZE_MAX:
        return None
    return int(whole + (fraction + "0" * decimals)[:decimals])


class Sensor:
    """One receiver; its sentences are read from `board.uart(name)`, a machine.UART."""

    def __init__(self, options: dict, board):
        self._uart = board.uart(options["uart"])

    def start(self, anew: bool) -> int:
        """Discard earlier sentences; return the milliseconds until `read`."""
        self._uart.read(self._uart.any())
        return _CYCLE_MS

    def read(self) -> list:
        """Return [(channel index, value)]; raises OSError with the reason."""
        data = self._uart.read(min(self._uart.any(), _READ_SIZE_MAX))
        if not data:
            raise OSError("nothing is received")
        return decode(data)
