"""The account of each uplink: the places of its readings, repeats and refusals."""

import zlib
from dataclasses import asdict

from rich.console import Console
from support.account.judge_sources import (
    ALL_COUNT,
    LAST_US,
    ROW_COUNT,
    S_US,
    T0_US,
    Sources,
    objections,
)
from support.account.judge_uploads import Uploads, upload_us
from wherry_host.account.account_text import print_account
from wherry_host.account.flash import Ledger
from wherry_host.account.uplink_tables import Table, refused_in, takes

_SENSORS = 3 * ROW_COUNT
_LABELS = ("harbor", "sensocan")
_AT_SERVER_US = LAST_US + 150_000


class Both(Sources):
    """Sources of a node that delivers all to harbor, and its sensors' readings to sensocan."""

    def __init__(self):
        super().__init__()
        self.typed["uplink"].append({"kind": "sensocan", "label": "sensocan"})
        self.copies = 0
        self.refused_there = set()
        # Another request, a fetch, is the last one before the power cut.
        self.answers.append((_AT_SERVER_US + 50_000, "harbor_v2", 200))
        self.answers.append((_AT_SERVER_US, "sensocan", 200))
        self.sensocan = [
            (*point[:3], 0, _AT_SERVER_US) for point in self.points if point[0][:5] != "node_"
        ]
        self.delivered = len(self.sensocan)

    def tables(self):
        points = [(*point[:3], self.copies, point[4]) for point in self.sensocan]
        sensors = takes(["sensors", {}])
        sensocan = Table(
            "sensocan", sorted(points), sensors, deduplicates=False, refused=self.refused_there,
            api="sensocan",
        )  # fmt: skip
        return [*super().tables(), sensocan]

    def account(self):
        ledger = Ledger(ROW_COUNT + 1, 0, delivered=self.delivered)
        self.ledgers.setdefault("sensocan", ledger)
        text = f"1.000 sensocan: delivered {self.delivered}, {self.waiting('sensocan')} waiting"
        self.lines.append((_AT_SERVER_US, text))
        return super().account()

    def take(self, row, index):
        """Remove a reading from sensocan's table; return it."""
        reading = self.rows[row][index]
        place = reading.channel, reading.stamp_us
        self.sensocan = [point for point in self.sensocan if point[:2] != place]
        self.delivered = len(self.sensocan)
        return reading


def top(both, **counts):
    """Check that an account balances and its total has these counts; the rest is delivered."""
    account = both.account()
    assert account.problems == []
    found = {name: count for name, count in account.as_dict().items() if count}
    assert found.pop("uplinks").keys() == set(_LABELS) and found.pop("worst_stamp_error_ms")
    assert found.pop("sampled") == ALL_COUNT
    delivered = ALL_COUNT - sum(n for name, n in counts.items() if name != "duplicates")
    assert found == {"delivered": delivered, **counts}
    return account


def test_a_reading_waits_while_any_uplink_has_yet_to_send_it():
    both = Both()
    reading = both.take(ROW_COUNT - 1, 2)
    both.ledgers["sensocan"] = Ledger(reading.row, reading.index, delivered=both.delivered)
    account = top(both, waiting=1)
    assert account.uplinks["harbor"].waiting == 0 and account.uplinks["sensocan"].waiting == 1


def test_the_total_has_the_worst_place():
    both = Both()
    reading = both.take(2, 1)
    both.answers.append((_AT_SERVER_US + 1, "sensocan", 422))
    both.refused_there.add((reading.channel, reading.stamp_us))
    aside = [("sensocan", 422, reading)]
    both.changes.append((T0_US, lambda flash: flash.aside.extend(aside)))
    account = top(both, set_aside=1)
    assert account.uplinks["sensocan"].set_aside == 1 and account.uplinks["harbor"].set_aside == 0


def test_a_loss_of_one_uplink_is_named_by_its_label():
    both = Both()
    both.take(2, 1)
    account = both.account()
    assert any(text.startswith("sensocan: load at") for text in account.problems)
    assert not any("harbor: load at" in text for text in account.problems)


def test_a_repeat_follows_a_request_whose_answer_was_lost():
    # The answer's status, a fault on the line before it.
    for status, fault, balances in (
        (200, None, False), (200, "status", False), (200, "stall", True), (0, None, True),
    ):  # fmt: skip
        both = Both()
        both.copies = 1
        both.answers[-1] = (_AT_SERVER_US, "sensocan", status)
        both.strikes += [(_AT_SERVER_US - S_US // 4, fault)] if fault else []
        account = both.account()
        assert account.balances == balances, account.problems
        assert account.uplinks["sensocan"].duplicates == _SENSORS
    assert account.counts.duplicates == _SENSORS


def test_the_last_request_before_a_cut_may_come_again():
    both = Both()
    both.copies = 1
    # The power was cut during the answer; nothing came after it.
    del both.answers[-2]
    assert both.account().problems == []
    both = Both()
    both.copies = 1
    both.events[-1]["time_us"] = _AT_SERVER_US + 60_000
    assert any("came twice" in text for text in both.account().problems)


def test_a_held_channel_waits_and_the_others_continue():
    both = Both()
    for row in range(4, ROW_COUNT):
        both.take(row, 1)
    both.ledgers[f"sensocan~{zlib.crc32(b'load'):08x}"] = Ledger(4, 1)
    account = top(both, waiting=ROW_COUNT - 4)
    assert account.uplinks["sensocan"].waiting == ROW_COUNT - 4


def test_several_uplinks_are_printed_in_a_line_each(capsys):
    account = top(Both())
    uplinks = {label: asdict(counts) for label, counts in account.uplinks.items()}
    print_account(asdict(account.counts), Console(width=100), uplinks)
    lines = capsys.readouterr().out.splitlines()
    assert f"harbor: {ALL_COUNT} delivered" in lines
    others = ALL_COUNT - _SENSORS
    assert f"sensocan: {_SENSORS} delivered, {others} others" in lines
    print_account(asdict(account.counts), Console(width=100), {"harbor": uplinks["harbor"]})
    assert "harbor" not in capsys.readouterr().out


# Repeats that the server recognises, and refusals

# When the server receives the repeated readings.
AT_US = upload_us(3)


def came_again(copies=1, count=5):
    """Return Sources whose server received some readings again, and has recognised them."""
    sources = Uploads()
    first = next(i for i, point in enumerate(sources.points) if point[4] == AT_US)
    for i in range(first, first + count):
        channel, time_us, value, _, received_us = sources.points[i]
        sources.points[i] = channel, time_us, value, copies, received_us
    return sources


def test_a_server_reports_the_repeats_that_it_recognises():
    sources = came_again()
    objections(sources, "load at", "came twice, and no answer to it was lost; so did 4 more")
    # After a server error on one reading the next reading is sent, then the two alternate.
    for status, received_us, balances in ((0, AT_US, True), (503, AT_US - 1, True),
                                          (400, AT_US - 1, False)):  # fmt: skip
        sources = came_again()
        if received_us == AT_US:
            del sources.answers[3]
        sources.answers.append((received_us, "harbor_v2", status))
        assert balances == (twice(sources) == []), status
    # As often as answers were lost; the last one was lost with the power.
    sources = came_again(copies=3)
    sources.answers[3] = (AT_US, "harbor_v2", 0)
    assert twice(sources)
    sources.answers.append((AT_US + 1, "harbor_v2", 0))
    assert not twice(sources)


def test_a_request_late_in_the_turn_of_a_battery_node_may_be_answered_after_the_deadline():
    def radio(state, before_s):
        return {"event": "radio", "time_us": AT_US - int(before_s * S_US), "state": state}

    for source, switched, balances in (
        ("battery", [("join", 15), ("on", 1)], True),
        ("battery", [("join", 14.9), ("on", 14.9)], False),
        # The turn before.
        ("battery", [("join", 15), ("off", 10), ("join", 9)], False),
        ("battery", [], False),
        # A node on mains keeps its radio on.
        ("mains", [("join", 15)], False),
    ):
        sources = came_again()
        sources.typed["power"]["source"] = source
        sources.events[1:1] = [radio(*each) for each in switched]
        assert balances == (twice(sources) == []), (source, switched)


def twice(sources):
    return [text for text in sources.account().problems if "came twice" in text]


def test_ordered_readings_may_be_repeated():
    sources = came_again()
    sources.lines += [(AT_US, f"1.000 order: replay-harbor: {count} sent") for count in (2, 4)]
    assert twice(sources)
    sources.events.append({"event": "interrupt", "time_us": upload_us(9) + S_US})
    assert twice(sources)[0].endswith("came twice, and no answer to it was lost")
    sources.lines.append((AT_US, "1.000 order: replay-harbor: 5 sent"))
    assert not twice(sources)


def test_a_server_refuses_a_reading_alone_for_good():
    for refusals, is_refused in (
        ([(400, 1)], True),
        ([(422, 2), (413, 100)], False),
        ([(401, 1), (404, 1), (429, 1), (503, 1)], False),
        # The server fails on the reading, accepts the next one, and fails on the reading again.
        ([(500, 1), (503, 1)], True),
        ([(500, 2), (500, 1)], False),
        ([(202, 1)], True),
    ):
        rows = [("load", 7, *refusal) for refusal in refusals]
        assert bool(refused_in(rows, deduplicates=True)) == is_refused, refusals
    # A partly accepted batch is set aside completely if it would be stored twice.
    part = [("load", 7, 201, 2)]
    assert refused_in(part, deduplicates=False) and not refused_in(part, deduplicates=True)
