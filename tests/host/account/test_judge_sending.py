"""The judge finds a silent node, missing rows of the node, and false lines about uploads."""

import pytest
from support.account.judge_sources import POINT, S_US, T0_US, balanced, objections
from support.account.judge_uploads import EVERY_S, UPLOAD_COUNT, Uploads, upload_us
from wherry_host.account.account import Account
from wherry_host.account.evidence import NoStandstill
from wherry_host.account.stalls import Stall


def silent_after(count):
    """Return Sources of a node that stopped after `count` uploads."""
    return Uploads(sends=lambda i: i < count, keeps=lambda i: i < count)


def silences(evidence):
    return [text for text in Account(evidence).problems if "nothing sent for" in text]


def test_a_node_that_stops_sending_is_found():
    balanced(Uploads(), waiting=0, duplicates=0)
    objections(silent_after(0), "harbor at", "nothing sent for", "while 120 readings wait")
    objections(silent_after(6), "harbor at", "nothing sent for 90.4 s while 90 readings wait")
    # A connection that was closed meanwhile costs an upload.
    balanced(Uploads(sends=lambda i: i != 6), waiting=0)
    objections(Uploads(sends=lambda i: not 6 < i < 11), "nothing sent for 25.0 s while")


def test_a_node_without_readings_need_not_send():
    sources = silent_after(6)
    sources.truth = [entry for entry in sources.truth if entry["time_us"] < upload_us(5)]
    sources.rows = {number: row for number, row in sources.rows.items() if number < 36}
    assert silences(sources.evidence()) == []


AIR = {"do": "wifi", "up": None, "uplink": None}
OTHERS = {**POINT, "ssid": "neighbours", "rssi": -61}
OUTAGES = {
    "Wi-Fi": ({**AIR, "up": False}, {**AIR, "up": True}),
    "uplink": ({**AIR, "uplink": False}, {**AIR, "uplink": True}),
    "access points": (
        {"do": "access_points", "points": [OTHERS]},
        {"do": "access_points", "points": [{**POINT, "rssi": -61}]},
    ),
    "time server": (
        {"do": "port", "named": 123, "port": 0},
        {"do": "port", "named": 123, "port": 9},
    ),
}


@pytest.mark.parametrize("kind", OUTAGES)
def test_an_outage_excuses_a_silence_for_a_limited_time(kind):
    off, on = OUTAGES[kind]
    begin_us = upload_us(5) + S_US
    for end_us, is_excused in ((begin_us + 60 * S_US, True), (begin_us + 2 * S_US, False)):
        sources = silent_after(6)
        # No witness knows what was at a port before the first command on it.
        for time_us, command in ((T0_US - S_US // 2, on), (begin_us, off), (end_us, on)):
            sources.events.append({"event": "done", "time_us": time_us, "command": command})
        assert is_excused == (silences(sources.evidence()) == []), silences(sources.evidence())


def test_an_obstacle_excuses_a_silence():
    begin_us = upload_us(5) + S_US
    moments_us = [begin_us + i * 12 * S_US for i in range(8)]
    # A closed port, a Retry-After, name servers that do not answer, connections that break.
    for hindrances, strikes in (
        ([(begin_us, None)], []),
        ([(begin_us, begin_us + 70 * S_US)], []),
        ([(time_us, time_us) for time_us in moments_us], []),
        ([], [(time_us, "silence") for time_us in moments_us]),
    ):
        sources = silent_after(6)
        sources.hindrances, sources.strikes = hindrances, strikes
        assert silences(sources.evidence()) == []


def test_a_refused_node_is_silent_for_longer():
    for status, is_found in ((401, False), (404, False), (500, True), (202, True)):
        sources = silent_after(12)
        sources.answers[-1] = (*sources.answers[-1][:2], status)
        assert bool(silences(sources.evidence())) == is_found, status


class Stalled(NoStandstill):
    """A computer that in any span has this longest stall, and this sum of all threads' stalls."""

    def __init__(self, longest_us, total_us):
        self._longest_us, self._total_us = longest_us, total_us

    def longest_stall(self, begin_us, end_us, with_servers=False):
        """Return the longest Stall."""
        return Stall(begin_us, self._longest_us)

    def largest_us(self, begin_us, end_us):
        """Return the us of the longest stall."""
        return self._longest_us

    def total_us(self, begin_us, end_us):
        """Return the us that all threads lost."""
        return self._total_us


def test_a_stall_of_the_computer_extends_a_silence():
    for sends, longest_s, total_s, is_excused in (
        (lambda i: i < 6, 3, 20, False),
        # The last answer may be lost, but the flash shows that it is not.
        (lambda i: i < 6, 10, 20, False),
        (lambda i: i < 6, 80, 80, True),
        # Many threads waited at the same time.
        (lambda i: i < 6, 1, 500, False),
        (lambda i: not 6 < i < 11, 0, 5, False),
        (lambda i: not 6 < i < 11, 0, 10, True),
    ):
        evidence = Uploads(sends=sends, keeps=sends).evidence()
        evidence.standstill = Stalled(longest_s * S_US, total_s * S_US)
        assert is_excused == (silences(evidence) == []), (longest_s, total_s)


# The node's own rows


def test_own_rows_that_are_missing_or_too_rare_are_found():
    objections(Uploads(keeps=lambda i: False), "the node at", "no health row in the")
    objections(Uploads(keeps=lambda i: i < 2), "the node at", "no health row in the")
    missing = UPLOAD_COUNT // 2
    text = f"no health row for {missing} of {UPLOAD_COUNT - 1} uploads"
    objections(Uploads(keeps=lambda i: i % 2 == 0), "the node at", text)
    # One upload may come soon after another one.
    balanced(Uploads(keeps=lambda i: i != 7))


def test_uploads_of_an_uplink_in_between_need_no_rows():
    sources = Uploads(keeps=lambda i: i % 2 == 0)
    sources.typed["node"]["send_every_ms"] = 2 * EVERY_S * 1000
    sources.typed["uplink"][0]["send_every_ms"] = EVERY_S * 1000
    sources.typed["uplink"].append({"kind": "harbor", "label": "other"})
    problems = sources.account().problems
    assert not any("no health row" in text for text in problems), problems


# The console's lines of uploads, compared with the table and the flash


@pytest.mark.parametrize(("reports", "words"), [
    (lambda sent, waiting: (sent, waiting + 50), "the console says 50 waiting, the flash has 0"),
    (lambda sent, waiting: (sent - 1, waiting), "the console says 21 delivered, 22 had come"),
    (lambda sent, waiting: (sent + 1, waiting), "the console says 23 delivered, the server has"),
])  # fmt: skip
def test_a_false_line_is_found(reports, words):
    objections(Uploads(reports=lambda i, *counts: reports(*counts)), "harbor at", words)


def test_an_upload_that_failed_later_has_no_line():
    def reports(i, *counts):
        return None if i == 7 else counts

    objections(
        Uploads(reports=reports), "the console says 22 delivered, 44 had come to the server"
    )
    for strikes, status in (([(upload_us(7) + 100, "stall")], 202), ([], 0)):
        sources = Uploads(reports=reports)
        sources.strikes += strikes
        sources.answers[7] = (*sources.answers[7][:2], status)
        balanced(sources)
