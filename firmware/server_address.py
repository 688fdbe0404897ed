"""The address of a server, which the state remembers for an hour. Loaded on demand."""

from binascii import crc32

from micropython import const

_DUE_MS = const(3_600_000)


def address(state, ticks, host, look_up):
    """Return a host's address as text, the state's or the one that `look_up(host)` returns."""
    crc = crc32(host.encode())
    if state.server_crc != crc or state.server_due <= ticks:
        found = look_up(host)
        state.server = bytes([int(part) for part in found.split(".")])
        state.server_crc = crc
        state.server_due = ticks + _DUE_MS
    return ".".join([str(octet) for octet in state.server])
