"""SNTP packets: times, halved round trips, the wrap in 2036, and answers that must not be used."""

import random

from support.node.check import raises
from wherry.time import sntp

COOKIE = b"\x01\x02\x03\x04\xff\xfe\xfd\xfc"
TO_2000_S = 3155673600
# 2026-11-20T08:18:38Z.
NOW_S = 848_477_918
DATE_MIN_S = NOW_S - 86400 * 30


def u32(n):
    return (n & 0xFFFFFFFF).to_bytes(4, "big")


def stamp(s, ms):
    """Return an NTP timestamp whose milliseconds round down to `ms`."""
    return u32(s + TO_2000_S) + u32((ms * 0x100000000 + 999) // 1000)


def answer(
    receive=(NOW_S, 100), transmit=(NOW_S, 100), head=0x24, stratum=2,
    delay=0, dispersion=0, reference=b"\x0a\0\0\1", cookie=COOKIE,
):  # fmt: skip
    """Return a server's packet; delay and dispersion are in 1/65536 s."""
    return (
        bytes((head, stratum, 6, 0xE9)) + u32(delay) + u32(dispersion) + reference
        + stamp(NOW_S - 64, 0) + cookie + stamp(*receive) + stamp(*transmit)
    )  # fmt: skip


def read(packet, round_trip_ms=0, date_min_s=DATE_MIN_S):
    return sntp.read_answer(packet, COOKIE, round_trip_ms, date_min_s)


def test_a_request_contains_only_the_cookie():
    buffer = bytearray(b"\xaa" * 48)
    sntp.write_request(buffer, COOKIE)
    assert buffer == b"\x23" + bytes(39) + COOKIE
    buffer = bytearray(b"\xaa" * 50)
    sntp.write_request(buffer, COOKIE)
    assert buffer == b"\x23" + bytes(39) + COOKIE + b"\xaa\xaa"


def test_times():
    cases = (
        # receive, transmit, round trip, delay, dispersion -> s, ms, uncertainty
        ((NOW_S, 100), (NOW_S, 100), 0, 0, 0, (NOW_S, 100, 1)),
        ((NOW_S, 100), (NOW_S, 100), 80, 0, 0, (NOW_S, 140, 41)),
        ((NOW_S, 100), (NOW_S, 130), 80, 0, 0, (NOW_S, 155, 41)),
        ((NOW_S, 990), (NOW_S + 1, 10), 50, 0, 0, (NOW_S + 1, 25, 26)),
        ((NOW_S, 999), (NOW_S, 999), 3, 0, 0, (NOW_S + 1, 0, 3)),
        ((NOW_S, 999), (NOW_S, 999), 5000, 0, 0, (NOW_S + 3, 499, 2501)),
        ((NOW_S, 0), (NOW_S, 60), 50, 0, 0, (NOW_S, 60, 26)),
        ((NOW_S, 0), (NOW_S, 0), 10, 65536 // 10, 65536 // 4, (NOW_S, 5, 5 + 1 + 299)),
    )
    for receive, transmit, round_trip_ms, delay, dispersion, expected in cases:
        packet = answer(receive, transmit, delay=delay, dispersion=dispersion)
        for form in (packet, bytearray(packet), memoryview(packet), packet + bytes(20)):
            assert read(form, round_trip_ms) == expected, (expected, read(form, round_trip_ms))


def test_times_are_correct_across_the_wrap_in_2036():
    wrap_s = 0x100000000 - TO_2000_S
    before, after = (wrap_s - 1, 999), (wrap_s, 1)
    assert read(answer(before, before))[:2] == before
    assert read(answer(before, after), 10)[:2] == (wrap_s, 5)
    assert read(answer(after, after))[:2] == after
    assert stamp(*after)[:4] == bytes(4)
    raises(OSError, read, answer(after, before))


def test_strays_are_recognised():
    good = answer()
    strays = (
        b"", b"\x24", good[:47], answer(head=0x23), answer(head=0x25), answer(cookie=bytes(8)),
        answer(cookie=COOKIE[:7] + b"\0"), answer(stratum=0, cookie=bytes(8)), bytes(48),
        b"\xff" * 48,
    )  # fmt: skip
    for packet in strays:
        assert read(packet) is None, packet


def test_bad_answers_are_refused_with_a_reason():
    cases = (
        (answer(stratum=0, reference=b"RATE", head=0xE4), "kiss of death RATE"),
        (answer(stratum=0, reference=b"\x00\n\xff\x1b"), "kiss of death"),
        (answer(head=0xE4), "no time"), (answer(head=0x14), "no time"),
        (answer(delay=0xFFFFFFFF, dispersion=0xFFFFFFFF), "from its source"),
        (answer((-TO_2000_S, 0), (-TO_2000_S, 0)), "not plausible"),
        (answer((DATE_MIN_S - 1, 999), (DATE_MIN_S - 1, 999)), "not plausible"),
        (answer((-9, 0), (-9, 0)), "not plausible"),
    )  # fmt: skip
    for packet, reason in cases:
        error = raises(OSError, read, packet)
        assert reason in str(error), (reason, error)
    # The zero timestamp is invalid even near the wrap of 2036.
    zero = answer()[:32] + bytes(16)
    raises(OSError, read, zero, 0, 0x100000000 - TO_2000_S - 5)


def test_answers_are_accepted_at_each_bound_and_refused_past_it():
    last_s = DATE_MIN_S + (1 << 30) - 1
    held = answer((NOW_S, 100), (NOW_S, 150))
    taken = (
        # name, packet, round trip -> s, ms, uncertainty
        ("a hold of 20 ms more than the round trip", held, 30, (NOW_S, 150, 16)),
        ("a hold as long as the round trip", held, 50, (NOW_S, 150, 26)),
        ("half of the rest", held, 54, (NOW_S, 152, 28)),
        ("an uncertainty of 1,500 ms", answer(dispersion=98_303), 0, (NOW_S, 100, 1500)),
        ("half of the root delay", answer(delay=2 * 98_303 + 1), 0, (NOW_S, 100, 1500)),
        ("delay and dispersion", answer(delay=65_536, dispersion=65_535), 0, (NOW_S, 100, 1500)),
        ("the firmware's date", answer((DATE_MIN_S, 0), (DATE_MIN_S, 0)), 0, (DATE_MIN_S, 0, 1)),
        ("34 years after it", answer((last_s, 999), (last_s, 999)), 0, (last_s, 999, 1)),
        ("version 3", answer(head=0x1C), 0, (NOW_S, 100, 1)),
        ("stratum 1", answer(stratum=1), 0, (NOW_S, 100, 1)),
        ("stratum 15", answer(stratum=15), 0, (NOW_S, 100, 1)),
        ("a leap second to come", answer(head=0x64), 0, (NOW_S, 100, 1)),
    )
    for what, packet, round_trip_ms, expected in taken:
        assert read(packet, round_trip_ms) == expected, (what, read(packet, round_trip_ms))
    refused = (
        (held, 29, "server held the request for 50 ms"),
        (answer((NOW_S, 101), (NOW_S, 100)), 50, "server held the request for -1 ms"),
        (answer(dispersion=98_304), 0, "server is 1501 ms from its source"),
        (answer(delay=65_536, dispersion=65_536), 0, "server is 1501 ms from its source"),
        (answer(head=0x2C), 0, "server has no time (first bytes 2c 02)"),
        (answer(stratum=16), 0, "server has no time (first bytes 24 10)"),
        (answer(stratum=0, reference=b"@AZ["), 0, "kiss of death AZ"),
        (answer((last_s + 1, 0), (last_s + 1, 0)), 0, "time %d is not plausible" % (last_s + 1)),
    )
    for packet, round_trip_ms, reason in refused:
        assert str(raises(OSError, read, packet, round_trip_ms)) == reason
    # The time that a server holds a request may span the middle of NTP's 136 years.
    before, after = (0x7FFFFFFF - TO_2000_S, 999), (0x80000000 - TO_2000_S, 1)
    assert read(answer(before, after), 2, after[0] + 0x100000000)[1] == 1


def test_random_packets_are_times_or_refused():
    seed = random.getrandbits(30)
    print("seed", seed)
    random.seed(seed)
    times = 0
    for count in range(2000):
        packet = bytearray(answer())
        for _ in range(random.randrange(4)):
            packet[random.randrange(48)] = random.getrandbits(8)
        try:
            found = read(packet, random.randrange(3000))
        except OSError:
            continue
        if not found:
            continue
        s, ms, uncertainty_ms = found
        times += 1
        assert DATE_MIN_S <= s <= DATE_MIN_S + (1 << 30) + 2, (seed, count)
        assert 0 <= ms < 1000 and 0 < uncertainty_ms <= 3001, (seed, count)
    print("2000 packets,", times, "times")
    assert 0 < times < 2000
