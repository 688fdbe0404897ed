"""Convert Harbor's payloads to points, from the strict or the flat form, and parse numbers.

Strict: ship_id, cargo_id, value, and optionally time. Flat: each further numeric member is a
separate point. An item without any number yields no points and no error, so a batch may be
accepted with fewer points than it has items.
"""

import math
import re

from wherry_host.server.dialect import whole_text
from wherry_host.server.rfc3339 import UNSTORABLE_US, YEAR_ONE_US, parse_us
from wherry_host.server.strict_json import decode

NAME_SIZE_MAX = 100
_RESERVED = frozenset(("ship_id", "time", "cargo_id", "value", "access_token"))
# Underscores are allowed between digits and after 0x.
_HEX_FLOAT = re.compile(
    r"[+-]?0x(?:(?:_?[0-9a-f])+(?:\.(?:[0-9a-f](?:_?[0-9a-f])*)?)?|\.[0-9a-f](?:_?[0-9a-f])*)"
    r"p[+-]?\d(?:_?\d)*",
    re.IGNORECASE,
)


def first_item(body):
    """Return the object of a JSON body, or the first object of its array, or {}.

    Raises ValueError with the reason, as `strict_json.decode` does.
    """
    content = decode(body)
    if isinstance(content, list):
        content = next(iter(content), None)
    return content if isinstance(content, dict) else {}


def text_in(item, name):
    """Return an object's member, or "" if the member is missing or not a string."""
    value = item.get(name)
    return value if isinstance(value, str) else ""


def has_nul(points):
    """Return True if a name has a NUL, in which case the database refuses all of the points."""
    return any("\0" in ship or "\0" in cargo for ship, cargo, *_ in points)


def has_unstorable_time(points):
    """Return True if a point has a time that the official server cannot write."""
    return any(point[2] == UNSTORABLE_US for point in points)


class Points:
    """Collects the points of one request; an item without a usable time has its time of arrival.

    In a batch, the first instant of year 1 does not count as a time either.
    """

    def __init__(self, now_us, in_batch=False):
        self.rows = []
        self._now_us = now_us
        self._undated = (None, YEAR_ONE_US) if in_batch else (None,)

    def add(self, item):
        """Add the points of one item; return a reason if the item must be refused."""
        ship = item.get("ship_id") if item else None
        if not isinstance(ship, str) or not ship:
            return "missing ship_id"
        ship = whole_text(ship)
        time = item.get("time")
        time_us = parse_us(time) if isinstance(time, str) else None
        cargo = item.get("cargo_id")
        if isinstance(cargo, str):
            self._add_number(ship, cargo, time_us, item.get("value"))
        for name, value in item.items():
            if name not in _RESERVED:
                self._add_number(ship, name, time_us, value)
        return None

    def _add_number(self, ship, cargo, time_us, value):
        number = value if type(value) is float else to_number(value)
        if number is None:
            return
        if time_us in self._undated:
            # Each point gets a different time, so that two undated points of a channel stay two
            # points.
            time_us = self._now_us
            self._now_us += 1
        self.rows.append((ship, whole_text(cargo), time_us, number))

    def has_unstorable(self):
        """Return True if a value is not finite or the official server cannot write a time."""
        return has_unstorable_time(self.rows) or any(not math.isfinite(r[3]) for r in self.rows)

    def faults(self):
        """Return the faults of the names as a list, in the official server's words."""
        found = []
        for index, (ship, cargo, _, _) in enumerate(self.rows):
            if len(ship) > NAME_SIZE_MAX:
                found.append(_fault(index, "ShipID", "max"))
            if not cargo:
                found.append(_fault(index, "CargoID", "required"))
            elif len(cargo) > NAME_SIZE_MAX:
                found.append(_fault(index, "CargoID", "max"))
        return found


def to_number(value):
    """Return a float for a JSON number or a numeric string, else None; a boolean is not a number.

    Raises ValueError for an integer literal outside the range of a double.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        return _text_number(value)
    try:
        return float(value)
    except OverflowError as error:
        reason = f"json: cannot unmarshal number {value} into Go value of type float64"
        raise ValueError(reason) from error


def _text_number(text):
    """Parse digits, underscores between them, exponents, hex floats, "NaN" and "Infinity"."""
    if not text.isascii() or text != text.strip():
        return None
    try:
        is_hex = _HEX_FLOAT.fullmatch(text)
        number = float.fromhex(text.replace("_", "")) if is_hex else float(text)
    except (ValueError, OverflowError):
        return None
    # "1e400" is out of range, so it is not a number, while "inf" is one. "nan" has no sign.
    if math.isinf(number) and "n" not in text.lower():
        return None
    if math.isnan(number) and text[0] in "+-":
        return None
    return number


def _fault(index, name, tag):
    return {
        "loc": [f"[{index}].{name}"],
        "msg": f"Validation failed on tag '{tag}'",
        "type": f"validation_error.{tag}",
    }
