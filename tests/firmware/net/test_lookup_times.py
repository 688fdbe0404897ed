"""lookup.py and network_time.py on MicroPython itself: the queries, and their durations.

The name server and the time server are in support/chip/net.py, with the test's own clock.
"""

import pytest
from support.boards.firmware_run import found_by

PROGRAM = """
import net
from net import Net
net.use()
import network_time
from lookup import Lookup
from wherry.time import sntp

TO_2000_S = 3155673600
NOW_S, DATE_MIN_S = 848_477_918, 846_806_400
held = list(given["distances_ms"])

def u32(n):
    return (n & 0xFFFFFFFF).to_bytes(4, "big")

def time_now():
    ms = Clock.now_ms + given["off_ms"]
    return u32(NOW_S + ms // 1000 + TO_2000_S) + u32((ms % 1000 * 0x100000000 + 999) // 1000)

def answer(packet, port):
    if port == 53:
        return {"other": b"\\0\\0" + net.dns_answer(packet)[2:], "ours": net.dns_answer(packet),
                "long": net.dns_answer(packet) + bytes(600)}[given["kind"]]
    if len(packet) != 48:
        return b""  # It is no request.
    # The server is so far from its source: twice the delay of its own.
    delay = u32((held.pop(0) << 17) // 1000)
    stamps = u32(0) * 2 + packet[40:48] + time_now() * 2
    return bytes((0x24, given["stratum"], 6, 0xE9)) + delay + u32(0) + b"\\x0a\\0\\0\\1" + stamps

Net.answer = answer
Net.delays_ms = given["delays_ms"]
begin = Clock.now_ms = given["begin_ms"]
idle_ms = [begin, begin, 0]  # The first and the newest one, the largest gap.

def idle():
    idle_ms[:] = [idle_ms[0] if idle_ms[0] > begin else Clock.now_ms, Clock.now_ms,
                  max(idle_ms[2], Clock.now_ms - idle_ms[1])]

lookup = Lookup(lambda: Clock.now_ms, begin + given["deadline_ms"], idle, "192.168.4.53")
try:
    if given["hosts"] is None:
        outcome = lookup.address(given["host"])
    else:
        hosts = given["hosts"], given["first"]
        rtc_ms, true_ms, *rest = network_time.ask(lookup, *hosts, DATE_MIN_S)
        # By how much the answer is off.
        outcome = [rtc_ms, true_ms - NOW_S * 1000 - rtc_ms - given["off_ms"]] + rest
except OSError as error:
    outcome = str(error)
found = {"outcome": outcome, "took_ms": Clock.now_ms - begin, "gap_ms": idle_ms[2],
         "asked": [[place, port, ms - begin] for what, *more in Net.log if more
                   for place, port, ms in [more]],
         "closed": Net.log.count(["closed"]), "first_idle_ms": idle_ms[0] - begin}
"""
SILENT = "name server 192.168.4.53 does not answer"


def looked_up(delays_ms, **more):
    """Return the result of a look-up whose answers have these delays, None for a lost one."""
    given = {"delays_ms": delays_ms, "hosts": None, "host": "hut.example.com", "kind": "ours"}
    given |= {
        "deadline_ms": 20_000,
        "begin_ms": 700,
        "off_ms": 0,
        "distances_ms": [0] * 9,
        "first": 0,
    }
    return found_by(PROGRAM, {**given, "stratum": 2, **more})[0]


# Names


def test_a_name_is_queried_every_two_seconds():
    found = looked_up([None, None, 30])
    assert found["outcome"] == "10.1.2.3"
    assert found["asked"] == [["192.168.4.53", 53, ms] for ms in (0, 2_000, 4_000)]
    assert found["took_ms"] == 4_030 and found["closed"] == 3


@pytest.mark.parametrize(("delay_ms", "count"), [(0, 1), (1_999, 1), (2_000, 9)])
def test_an_answer_counts_within_two_seconds(delay_ms, count):
    found = looked_up([delay_ms] * 9, deadline_ms=18_000)
    assert len(found["asked"]) == count
    assert found["outcome"] == ("10.1.2.3" if count == 1 else SILENT)


def test_a_silent_name_server_costs_at_most_the_deadline():
    found = looked_up([], deadline_ms=5_000)
    assert (found["outcome"], found["took_ms"]) == (SILENT, 5_000)
    assert found["gap_ms"] <= 100 and found["closed"] == 3
    assert looked_up([], deadline_ms=0)["asked"] == []


# Times


def timed(delays_ms, hosts=("193.0.0.229",), **more):
    """Return the time from the time servers at these addresses."""
    return looked_up(delays_ms, hosts=list(hosts), **more)


@pytest.mark.parametrize("off_ms", [0, 999, 86_400_123])
def test_a_good_answer_is_accepted_immediately(off_ms):
    found = timed([2], off_ms=off_ms)
    rtc_ms, error_ms, uncertainty_ms, number = found["outcome"]
    assert (uncertainty_ms, number) == (2, 0)
    # Half of the 2 ms counts as the way back, which here took all of them.
    assert rtc_ms == 702 and -1 <= error_ms <= 0
    assert found["asked"] == [["193.0.0.229", 123, 0]]


@pytest.mark.parametrize(("distance_ms", "count"), [(15, 1), (16, 4)])
def test_an_answer_is_good_enough_up_to_fifteen_ms(distance_ms, count):
    assert len(timed([0] * 4, distances_ms=[distance_ms] * 4)["asked"]) == count


def test_the_best_of_four_answers_counts():
    found = timed([300, 100, 200, 400], distances_ms=[100] * 4)
    assert len(found["asked"]) == 4 and found["outcome"][0] == 700 + 300 + 100
    found = timed([300, 100, 2, 400])
    assert len(found["asked"]) == 3 and found["outcome"][0] == 700 + 300 + 100 + 2


def test_each_of_four_tries_takes_a_second():
    found = timed([None, None, 5])
    assert found["asked"] == [["193.0.0.229", 123, ms] for ms in (0, 1_000, 2_000)]
    found = timed([])
    assert found["outcome"] == "no time from 193.0.0.229: no answer"
    assert found["took_ms"] == 4_000 and found["gap_ms"] <= 100
    # An answer arrived, but one that took more than 500 ms is not good enough.
    assert len(timed([999])["asked"]) == 4


def test_after_a_server_without_the_time_the_next_one_is_asked():
    found = timed([2] * 9, ["193.0.0.1", "193.0.0.2"], stratum=16)
    assert [place for place, _, _ in found["asked"]] == ["193.0.0.1", "193.0.0.2"]
    assert found["outcome"].startswith("no time from 193.0.0.2: server has no time")
    assert timed([], [])["outcome"] == "no time from no host"
    found = timed([2] * 9, ["193.0.0.1", "193.0.0.2"], first=1)
    assert [place for place, _, _ in found["asked"]] == ["193.0.0.2"] and found["outcome"][3] == 1


def test_a_time_server_is_looked_up_by_its_name():
    found = timed([5, 5], ["time.example.com"])
    assert [place for place, _, _ in found["asked"]] == ["192.168.4.53", "10.1.2.3"]
    found = timed([2], ["x" * 64, "193.0.0.229"])
    assert found["outcome"][0] == 702
