"""In which of its three forms a batch travels to SensoCan, with which voltage, in how many bytes.

    one reading, sensor by UUID     POST /sensors/UUID/readings         {"data":{...}}
    readings of one such sensor     POST /sensors/UUID/readings/bulk    {"data":[{...},...]}
    all else                        POST /readings                      {"data":[{...},...]}

Loaded for the moment before a request, and with its body. Source: docs/protocols/sensocan.md.
"""

from micropython import const

from wherry.http.body_size import reading_sizes
from wherry.reading import json_text, value_bounds
from wherry.rows.mask import mask_width

_BATCH = "/readings"
_SINGLE = "/sensors/%s/readings"
_BULK = "/sensors/%s/readings/bulk"
_STAMP = b',"timestamp":"'
_BATTERY_KEY = b',"battery_voltage":'
_BATTERY_V_MAX = const(100)
# `{"data":[`, `]}`.
_BRACKETS_SIZE = const(11)
# Where a UUID has them (RFC 9562).
_DASHES = (8, 13, 18, 23)


def measure(settings: dict, session: dict, batch, limits: tuple):
    """Open the batch at its first row; return (path, size, largest, battery) of its body.

    `path` stands behind the device's; the size of the largest reading there may be is among them;
    battery is (value, decimals) in volts, or None. None if the batch is empty. `limits` are the
    most readings and bytes.
    """
    count_max, size_max = limits
    learned = 1 if "alone" in session else session.get("count_max", count_max)
    is_limited = learned < count_max
    count_max = min(count_max, learned)
    if 0 < batch.waiting < count_max:
        count_max = batch.waiting
    batch.open(count_max)
    if not batch.next():
        return None
    path = _path(batch)
    battery = _battery(settings["battery"], session, batch)
    head = _head(path)
    readings, largest, count = reading_sizes(
        lambda name: sum([len(part) for part in head(name)]), len(_STAMP), batch
    )
    # Readings like those of the first row, and a byte each: to know it exactly, the queue would
    # have to be read and decoded twice. Where a limit is being learned, so many of the largest.
    mean = largest if is_limited else readings // count + 2
    unit_size = batch.unit_size
    more = max(batch.count_max, unit_size) - unit_size
    size = _BRACKETS_SIZE + min(size_max, unit_size * largest + more * mean)
    if battery:
        size += len(_BATTERY_KEY) + value_bounds(battery[0], battery[1])[0]
    return path, size, largest, battery


def shape(path: str, battery) -> tuple:
    """Return the shape of a body, as json_body.pieces takes it, from what was measured."""
    opening, closing = b'{"data":[', b"]"
    if path[-5:] != "/bulk" and path != _BATCH:
        opening, closing = b'{"data":', b""
    if battery:
        from wherry.http.digits import put_value

        volts = bytearray(value_bounds(battery[0], battery[1])[0])
        put_value(volts, 0, battery[0], battery[1])
        closing += _BATTERY_KEY + volts
    return opening, _head(path), _STAMP, closing + b"}"


def is_uuid(name: str) -> bool:
    """Tell whether a sensor's name is its UUID, not its slug."""
    # As bytes: on the chip every character taken out of a text would stay in its table of names.
    octets = name.encode()
    if len(octets) != 36:
        return False
    for i in range(36):
        if octets[i] not in (b"-" if i in _DASHES else b"0123456789abcdefABCDEF"):
            return False
    return True


def _path(batch):
    """Return the path for what is in hand, and stand on its first row as before.

    Where that has one reading, of a sensor with a UUID, the rows behind it are looked at first:
    they must all be like it.
    """
    mask, channels = batch.mask, batch.channels
    sensor = channels[mask_width(mask) - 1][0]
    if mask & mask - 1 or not is_uuid(sensor):
        return _BATCH
    count_max = batch.count_max
    path = _SINGLE % sensor
    batch.take(mask)
    while batch.next() and batch.channels is channels:
        if batch.mask != mask:
            path = _BATCH
            break
        path = _BULK % sensor
        batch.take(mask)
    batch.open(count_max if path == _BATCH else batch.count)
    batch.next()
    return path


def _battery(name, session, batch):
    """Return (value, decimals) of the newest voltage known at the batch's first row, or None.

    So it is the same when the batch is sent again. In a row without one stands the last before it,
    or 0; then what the session saw last counts.
    """
    if "no_battery" in session:
        return None
    for i in range(len(batch.channels)):
        channel, unit, decimals = batch.channels[i]
        if channel == name and batch.values[i]:
            session["battery"] = batch.values[i], decimals + (3 if unit == "mV" else 0)
    battery = session.get("battery")
    if battery and 0 <= battery[0] <= _BATTERY_V_MAX * 10 ** battery[1]:
        return battery
    return None


def _head(path):
    """Return the function that tells what stands before a channel's value."""
    return _item_head if path == _BATCH else _value_head


def _item_head(name):
    key = b'{"sensor_uuid":"' if is_uuid(name) else b'{"sensor_slug":"'
    return key, json_text(name), b'","value":'


def _value_head(name):
    # The address names the sensor.
    return (b'{"value":',)
