"""SNTP packets: the request to send and the time in its answer (RFC 4330, RFC 5905). No I/O.

Times are (seconds since 2000-01-01 UTC, milliseconds). NTP's 32 bits of seconds are read as the
136 years from 2000 on, so their wrap in 2036 is harmless. The request has a random cookie in
place of the node's own time, and reveals nothing else to the server.
"""

from micropython import const

# Seconds from NTP's epoch 1900-01-01 to 2000-01-01: 36,524 days.
_TO_2000_S = const(3155673600)
# Times more than this after the firmware's date are invalid.
_LATE_S = const(0x3FFFFFFF)
_DISTANCE_MS_MAX = const(1500)
# A server's clock may tick in steps up to this, so its hold may seem longer than the round trip.
_STEP_MS = const(20)


def write_request(buffer, cookie: bytes) -> None:
    """Fill the 48 bytes of a client's packet, version 4; the cookie is 8 fresh random bytes."""
    for i in range(40):
        buffer[i] = 0
    buffer[0] = 0x23
    buffer[40:48] = cookie


def read_answer(packet, cookie: bytes, round_trip_ms: int, date_min_s: int) -> tuple | None:
    """Return (s, ms, uncertainty_ms) at the arrival of the answer.

    round_trip_ms is the time from the request to this moment. Less the time that the server held
    the request, half of it is taken as the way back. The uncertainty bounds the error against UTC:
    half the round trip and the server's own root distance (RFC 5905 section 11.2). date_min_s is
    the firmware's date. Returns None if the packet does not answer the request; the caller then
    keeps waiting. Raises OSError if the packet answers it, but its time cannot be used.
    """
    if len(packet) < 48 or packet[0] & 7 != 4 or bytes(packet[24:32]) != cookie:
        return None
    stratum = packet[1]
    if stratum == 0:
        code = "".join(chr(c) for c in packet[12:16] if 64 < c < 91)
        raise OSError("kiss of death " + code)
    if packet[0] >> 6 == 3 or stratum > 15 or packet[0] >> 3 & 7 not in (3, 4):
        raise OSError("server has no time (first bytes %02x %02x)" % (packet[0], stratum))
    distance_ms = ((_u32(packet, 4) // 2 + _u32(packet, 8)) * 1000 >> 16) + 1
    if distance_ms > _DISTANCE_MS_MAX:
        raise OSError("server is %d ms from its source" % distance_ms)
    transmit_s = _u32(packet, 40)
    transmit_ms = _u32(packet, 44) * 1000 >> 32
    # A signed difference, also across the wrap.
    hold_s = (transmit_s - _u32(packet, 32) + 0x80000000 & 0xFFFFFFFF) - 0x80000000
    hold_ms = hold_s * 1000 + transmit_ms - (_u32(packet, 36) * 1000 >> 32)
    if not 0 <= hold_ms <= round_trip_ms + _STEP_MS:
        raise OSError("server held the request for %d ms" % hold_ms)
    s = transmit_s - _TO_2000_S & 0xFFFFFFFF
    if not any(packet[40:48]) or not 0 <= s - date_min_s <= _LATE_S:
        raise OSError("time %d is not plausible" % s)
    ms = transmit_ms + max(0, round_trip_ms - hold_ms) // 2
    return s + ms // 1000, ms % 1000, (round_trip_ms + 1) // 2 + distance_ms


def _u32(packet, at):
    return int.from_bytes(packet[at : at + 4], "big")
