"""Servers that keep a node waiting: a turn costs its deadline, and sampling continues.

All boards of this file run in parallel, for longer than their watchdog's timeout.
"""

from contextlib import ExitStack
from itertools import pairwise

import pytest
from support.boards.spine import Spine

SCALE = 10
DEADLINE_S = 20
SAMPLE_EVERY_S = 4
WATCHDOG_S = 90
# In true time: the delay that a join and a busy computer may add, at ten times its own speed.
MARGIN_S = 15


def dribbles(spine):
    spine.service.set_faults({"kind": "dribble", "interval_ms": 500})


def stalls_in_the_answer(spine):
    spine.service.set_faults({"kind": "stall", "after_size": 2000})


def has_no_names(spine):
    spine.service.dns_server.switches.dead = True


def has_no_time(spine):
    spine.service.sntp_server.switches.dead = True


# The fault, SNTP hosts, the console's text, seconds until the node gives up.
CASES = (
    (dribbles, ["pool.ntp.org"], "localhost: no answer in time", DEADLINE_S),
    (stalls_in_the_answer, ["pool.ntp.org"], "localhost: no answer in time", DEADLINE_S),
    (has_no_names, ["127.0.0.1"], "localhost: name server .* does not answer", DEADLINE_S),
    (has_no_time, ["127.0.0.1"], "no time from 127.0.0.1", 5),
)


@pytest.fixture(scope="module")
def spines(tmp_path_factory):
    """Start all boards, wait for their watchdogs' time, remove the faults, and let them drain."""
    node = {"sample_every": f"{SAMPLE_EVERY_S} s", "send_every": f"{SAMPLE_EVERY_S} s"}
    with ExitStack() as stack:
        started = []
        for spoil, hosts, _, _ in CASES:
            changes = {"node": node, "time": {"sntp": hosts}}
            folder = tmp_path_factory.mktemp("spine")
            spine = stack.enter_context(Spine(folder, SCALE, changes))
            spoil(spine)
            started.append(spine.start())
        started[-1].clock.sleep(WATCHDOG_S + DEADLINE_S)
        for spine in started:
            spine.spoiled_lines = list(spine.board.lines)
            spine.service.set_faults()
            spine.service.dns_server.switches.dead = False
            spine.service.sntp_server.switches.dead = False
        yield started


@pytest.fixture(params=range(len(CASES)), ids=lambda i: f"{CASES[i][0].__name__}-{CASES[i][1][0]}")
def case(request, spines):
    """One spine and its case."""
    return spines[request.param], CASES[request.param]


def test_a_turn_costs_its_deadline_and_reports_the_reason(case):
    spine, (_, _, words, most_s) = case
    reported_us, _ = spine.wait(f"{words}.*; next try in")
    # The node's own row is the first action of a turn that has reached the time server.
    own = [time_us for time_us, _, count in spine.rows() if count > 9 and time_us < reported_us]
    begin_us = max(own, default=spine.board.events[1]["time_us"])
    took_s, lost_s = (reported_us - begin_us) / 1e6, spine.lost_us(begin_us, reported_us) / 1e6
    # The actions before the node's own row, joining and the time server, are part of the turn.
    assert most_s - 8 - lost_s < took_s < most_s + MARGIN_S + lost_s, (took_s, lost_s)


def test_rows_continue_meanwhile(case):
    spine, _ = case
    times = [time_us / 1e6 for time_us, _, count in spine.rows(spine.spoiled_lines) if count < 9]
    missed_s = sum(max(0, late - early - 1.5 * SAMPLE_EVERY_S) for early, late in pairwise(times))
    begin_s, end_s = times[0] - DEADLINE_S, times[-1] + DEADLINE_S
    lost_s = spine.lost_us(begin_s * 1e6, end_s * 1e6) / 1e6
    # A node that does not sample while it waits misses its deadline three times over.
    assert times[-1] - times[0] > WATCHDOG_S - lost_s, times
    assert missed_s < DEADLINE_S + lost_s, times


def test_the_watchdog_does_not_reset(case):
    spine, _ = case
    resets = [event for event in spine.board.events if event["event"] in ("reset", "crash")]
    assert not resets and len(spine.board.console.split(b"next try")) > 2


def test_everything_arrives_after_the_repair(case):
    spine, _ = case
    spine.drained()
    counts = spine.settled()
    assert counts["delivered"] >= WATCHDOG_S // SAMPLE_EVERY_S and not counts["set_aside"]
