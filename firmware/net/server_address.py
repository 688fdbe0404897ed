"""The address of a server, kept in the state for an hour. Loaded on demand."""

from binascii import crc32

from micropython import const

_DUE_MS = const(3_600_000)


def address(state, ticks, host, look_up):
    """Return a host's address as text, and whether it was kept in the state.

    An address that was not kept is from `look_up(host)`.
    """
    crc = crc32(host.encode())
    is_kept = state.server_crc == crc and state.server_due > ticks
    if not is_kept:
        found = look_up(host)
        state.server = bytes([int(part) for part in found.split(".")])
        state.server_crc = crc
        state.server_due = ticks + _DUE_MS
    return ".".join([str(octet) for octet in state.server]), is_kept
