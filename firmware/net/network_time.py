"""Gets the true time from time servers. Loaded on demand."""

import os

from micropython import const

_TRY_MS = const(1_000)
_TRIES = const(4)
# An answer with at most this uncertainty ends the requests.
_UNCERTAINTY_MS = const(15)


def ask(lookup, hosts, first, date_min_s):
    """Return (rtc_ms, true_ms, uncertainty_ms, number) from the first host to answer.

    Both times are of one moment, in ms since 2000. Hosts are asked from the number `first`
    on. Raises OSError if none has the time.
    """
    trouble = "no host"
    for number in range(first, len(hosts)):
        host = hosts[number]
        try:
            best = _ask(lookup, lookup.address(host), date_min_s)
            return best[1], best[2], best[0], number
        except (OSError, ValueError) as error:
            trouble = "%s: %s" % (host, error)
    raise OSError("no time from " + trouble)


def _ask(lookup, address, date_min_s):
    from wherry.time import sntp

    best = None
    packet = bytearray(48)
    for _ in range(_TRIES):
        cookie = os.urandom(8)
        sntp.write_request(packet, cookie)

        def read(answer, round_trip_ms, cookie=cookie):
            now = lookup.rtc_ms()
            time = sntp.read_answer(answer, cookie, round_trip_ms, date_min_s)
            return time and (time[2], now, time[0] * 1000 + time[1])

        found = lookup.ask(address, 123, packet, _TRY_MS, read)
        if found and (best is None or found < best):
            best = found
        if best and best[0] <= _UNCERTAINTY_MS:
            break
    if not best:
        raise OSError("no answer")
    return best
