"""The form of a batch for SensoCan, one of three, its battery voltage, and its size.

    one reading, sensor by UUID     POST /sensors/UUID/readings         {"data":{...}}
    readings of one such sensor     POST /sensors/UUID/readings/bulk    {"data":[{...},...]}
    all else                        POST /readings                      {"data":[{...},...]}

Loaded before a request. Source: docs/protocols/sensocan.md.
"""

from micropython import const

from wherry.http.request import reading_sizes
from wherry.reading import value_bounds
from wherry.rows.mask import mask_width
from wherry.uplinks.sensocan.shape import BATCH_PATH, BATTERY_KEY, STAMP, head_of
from wherry.uplinks.uuid import is_uuid

_SINGLE = "/sensors/%s/readings"
_BULK = "/sensors/%s/readings/bulk"
_BATTERY_V_MAX = const(100)
# `{"data":[`, `]}`.
_BRACKETS_SIZE = const(11)


def measure(settings: dict, session, batch, limits: tuple):
    """Open the batch at its first row; return (path, size, largest, battery) of its body.

    `path` follows the device's path; size and largest are the bytes of the body and of the largest
    possible reading; battery is (value, decimals) in volts, or None. Returns None if the batch is
    empty. `limits` is (most readings, most bytes).
    """
    count_max, size_max = limits
    learned = 1 if session.alone else batch.learned_max or count_max
    is_limited = learned < count_max
    count_max = min(count_max, learned)
    if batch.waiting > 0:
        count_max = min(count_max, batch.waiting)
    batch.open(count_max)
    if not batch.next():
        return None
    path = _path(batch)
    battery = _battery(settings["battery"], session, batch)
    head = head_of(path)
    readings, largest, count = reading_sizes(
        lambda name: sum([len(part) for part in head(name)]), len(STAMP), batch
    )
    # Estimated from the first row, plus a byte per reading: for the exact size the queue would
    # have to be read and decoded twice. While a limit is learned, room for the largest.
    mean = largest if is_limited else readings // count + 2
    unit_size = batch.unit_size
    more = max(batch.count_max, unit_size) - unit_size
    size = _BRACKETS_SIZE + min(size_max, unit_size * largest + more * mean)
    if battery:
        size += len(BATTERY_KEY) + value_bounds(battery[0], battery[1])[0]
    return path, size, largest, battery


def _path(batch):
    """Return the path for the batch, and go back to its first row.

    If the first row has a single reading, of a sensor with a UUID, the rows after it decide
    between single, bulk and batch: for bulk they must all have only this sensor.
    """
    mask, channels = batch.mask, batch.channels
    sensor = channels[mask_width(mask) - 1][0]
    if mask & mask - 1 or not is_uuid(sensor):
        return BATCH_PATH
    count_max = batch.count_max
    path = _SINGLE % sensor
    batch.take(mask)
    while batch.next() and batch.channels is channels:
        if batch.mask != mask:
            path = BATCH_PATH
            break
        path = _BULK % sensor
        batch.take(mask)
    batch.open(count_max if path == BATCH_PATH else batch.count)
    batch.next()
    return path


def _battery(name, session, batch):
    """Return (value, decimals) of the newest voltage known at the batch's first row, or None.

    The result is the same when the batch is sent again. A row without the channel has the value of
    the row before, or 0; for 0, the session's last value is used.
    """
    if session.has_no_battery:
        return None
    for i in range(len(batch.channels)):
        channel, unit, decimals = batch.channels[i]
        if channel == name and batch.values[i]:
            session.battery = batch.values[i], decimals + (3 if unit == "mV" else 0)
    battery = session.battery
    if battery and 0 <= battery[0] <= _BATTERY_V_MAX * 10 ** battery[1]:
        return battery
    return None
