"""The webhook path of Harbor v2: an uplink message of The Things Stack becomes points.

Each numeric member of the decoded payload is a point. The first gateway adds rssi, snr and
channel_rssi, the radio settings add bandwidth, spreading_factor and frequency. A message without
any number (a join, an acknowledgement) gets a 200, so that it is not sent again.
"""

import math

from wherry_host.server.dialect import Intake, whole_text
from wherry_host.server.dialects.harbor.answers import answer, invalid, unreadable, unstorable
from wherry_host.server.dialects.harbor.points import has_unstorable_time, text_in, to_number
from wherry_host.server.rfc3339 import YEAR_ONE_US, parse_us
from wherry_host.server.strict_json import decode

API = "ttn"
_DAY_US = 86_400_000_000


def read_uplink(body, now_us):
    """Return an Intake, or an Answer if the message cannot be read or holds no number."""
    try:
        message = decode(body)
        if not isinstance(message, dict):
            raise ValueError("json: cannot unmarshal the message into an object")
        device = sender_of(message)
        if not device:
            return invalid("Missing device_id in TTN payload")
        rows = _rows(message, whole_text(device), now_us)
    except ValueError as error:
        return unreadable(f"Could not parse JSON: {error}")
    if has_unstorable_time(rows):
        return unstorable()
    if not rows:
        return answer(200, status="No numeric data extracted")
    return Intake(rows, lambda count: _processed(count, device), API)


def sender_of(message):
    """Return the device of a message, or "" if it names none."""
    return text_in(_member(message, "end_device_ids"), "device_id")


def _rows(message, device, now_us):
    uplink = _member(message, "uplink_message")
    payload = _member(uplink, "decoded_payload")
    time_us = _time_us(message, payload, now_us)
    numbers = {name: to_number(value) for name, value in payload.items() if name != "time"}
    numbers.update(_radio(uplink))
    return [
        (device, whole_text(name), time_us, number)
        for name, number in numbers.items()
        if number is not None and math.isfinite(number)
    ]


def _time_us(message, payload, now_us):
    received = message.get("received_at")
    # For a message without a time, the official server uses the first instant it can represent.
    time_us = YEAR_ONE_US if received is None else parse_us(str(received))
    if time_us is None:
        raise ValueError(f'parsing time "{received}": not RFC 3339')
    own = payload.get("time")
    own_us = parse_us(own) if isinstance(own, str) else None
    if own_us is not None and own_us <= now_us + _DAY_US:
        return own_us
    return time_us


def _radio(uplink):
    gateways = uplink.get("rx_metadata")
    numbers = {}
    if isinstance(gateways, list) and gateways and isinstance(gateways[0], dict):
        for name in ("rssi", "snr", "channel_rssi"):
            numbers[name] = to_number(gateways[0].get(name, 0))
    settings = _member(uplink, "settings")
    lora = _member(_member(settings, "data_rate"), "lora")
    for name, source in (
        ("bandwidth", lora),
        ("spreading_factor", lora),
        ("frequency", settings),
    ):
        number = to_number(source.get(name))
        if number is not None and number > 0:
            numbers[name] = number
    return numbers


def _member(content, name):
    value = content.get(name)
    return value if isinstance(value, dict) else {}


def _processed(count, device):
    return answer(200, data_points=count, ship_id=device, status="TTN Payload Processed")
