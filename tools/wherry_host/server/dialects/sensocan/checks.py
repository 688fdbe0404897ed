"""SensoCan's validation of a reading: its errors have dotted field paths and sentences.

The paths of array items follow the style of the documented paths. Documented sentences are used
where they exist.
"""

import math
from datetime import UTC, datetime

BATTERY_VOLTAGE_MAX = 100


class Faults(dict):
    """{field path: [sentence, ...]}, the form of the member `errors` in a 422 answer."""

    def add(self, place, sentence):
        """Add a sentence about a field."""
        self.setdefault(place, []).append(sentence)


def check_reading(item, place, now_us, faults):
    """Return (time_us, value) of an item; add its errors to `faults`."""
    value = item.get("value")
    if value is None:
        faults.add(f"{place}.value", "The sensor value is required.")
    elif not is_number(value):
        faults.add(f"{place}.value", f"The {place}.value field must be a number.")
    time = item.get("timestamp")
    time_us = now_us if time is None else time_us_of(time)
    if time_us is None:
        faults.add(f"{place}.timestamp", f"The {place}.timestamp field must be a valid date.")
    return time_us, float(value) if is_number(value) else None


def check_battery(content, faults):
    """Return the device's battery voltage, or None if it is missing or invalid."""
    voltage = content.get("battery_voltage")
    if voltage is None:
        return None
    if not is_number(voltage):
        faults.add("battery_voltage", "The battery_voltage field must be a number.")
    elif not 0 <= voltage <= BATTERY_VOLTAGE_MAX:
        faults.add("battery_voltage", "The battery_voltage field must be between 0 and 100.")
    else:
        return float(voltage)
    return None


def is_number(value):
    """Return True if a JSON value is a finite number; true and false are not numbers."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def time_us_of(text):
    """Return Unix us for an ISO 8601 string, else None; a time without a zone is UTC."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    try:
        whole = time.astimezone(UTC).replace(tzinfo=None) - datetime(1970, 1, 1)
    except OverflowError:
        return None
    return (whole.days * 86_400 + whole.seconds) * 1_000_000 + whole.microseconds
