"""The bytes around the readings in a body for SensoCan. Source: docs/protocols/sensocan.md."""

from wherry.reading import json_text, value_bounds

BATCH_PATH = "/readings"
STAMP = b',"timestamp":"'
BATTERY_KEY = b',"battery_voltage":'
# The positions of dashes in a UUID (RFC 9562).
_DASHES = (8, 13, 18, 23)


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


def is_uuid(name: str) -> bool:
    """Return whether a sensor's name is its UUID, not its slug."""
    # As bytes: on the chip every character taken from a str would stay interned.
    octets = name.encode()
    if len(octets) != 36:
        return False
    for i in range(36):
        if octets[i] not in (b"-" if i in _DASHES else b"0123456789abcdefABCDEF"):
            return False
    return True


def head_of(path):
    """Return a function that returns the bytes before a channel's value, in parts."""
    return _item_head if path == BATCH_PATH else _value_head


def _item_head(name):
    key = b'{"sensor_uuid":"' if is_uuid(name) else b'{"sensor_slug":"'
    return key, json_text(name), b'","value":'


def _value_head(name):
    # The address names the sensor.
    return (b'{"value":',)
