"""The bytes around the readings in a body for SensoCan. Source: docs/protocols/sensocan.md."""

from wherry.reading import json_text, value_bounds
from wherry.uplinks.uuid import is_uuid

BATCH_PATH = "/readings"
STAMP = b',"timestamp":"'
BATTERY_KEY = b',"battery_voltage":'


def shape(path: str, battery) -> tuple:
    """Return the shape of a body, for json_body.pieces, from the measured path and battery."""
    opening, closing = b'{"data":[', b"]"
    if path[-5:] != "/bulk" and path != BATCH_PATH:
        opening, closing = b'{"data":', b""
    if battery:
        from wherry.http.digits import put_value

        volts = bytearray(value_bounds(battery[0], battery[1])[0])
        put_value(volts, 0, battery[0], battery[1])
        closing += BATTERY_KEY + volts
    return opening, head_of(path), STAMP, closing + b"}"


def head_of(path):
    """Return a function that returns the bytes before a channel's value, in parts."""
    return _item_head if path == BATCH_PATH else _value_head


def _item_head(name):
    key = b'{"sensor_uuid":"' if is_uuid(name) else b'{"sensor_slug":"'
    return key, json_text(name), b'","value":'


def _value_head(name):
    # The address names the sensor.
    return (b'{"value":',)
