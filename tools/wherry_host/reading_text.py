"""Format stamps and values; readings are formatted by the code that formats requests."""

from datetime import UTC, datetime

from wherry.http.digits import put_stamp, put_value


def time_text(s, ms):
    """Return a stamp as it is in a request; `ms` may be NO_MS."""
    buffer = bytearray(32)
    return buffer[: put_stamp(buffer, 0, s, ms)].decode()


def now_text():
    """Return the current time as RFC 3339 in UTC, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def value_text(value, decimals):
    """Return a scaled integer with all its decimal digits."""
    buffer = bytearray(300)
    return buffer[: put_value(buffer, 0, value, decimals)].decode()
