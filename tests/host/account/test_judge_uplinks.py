"""The account of several uplinks: places for each, and one place per reading in the total."""

import zlib
from dataclasses import asdict

from rich.console import Console
from support.account.judge_sources import ALL_COUNT, LAST_US, ROW_COUNT, S_US, T0_US, Sources
from wherry_host.account.account_text import print_account
from wherry_host.account.flash import Ledger
from wherry_host.account.uplink_tables import Table, takes

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


def test_each_uplink_has_its_own_places():
    account = top(Both())
    sensocan = account.uplinks["sensocan"]
    assert sensocan.delivered == _SENSORS
    assert sensocan.others == ALL_COUNT - _SENSORS
    assert account.uplinks["harbor"].delivered == ALL_COUNT


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


def test_a_point_of_a_channel_that_is_not_selected_is_unexplained():
    both = Both()
    both.sensocan.append(("node_boots", LAST_US, 1.0, 0, _AT_SERVER_US))
    both.delivered += 1
    account = both.account()
    assert any("sensocan: node_boots at" in text and "unexplained" in text
               for text in account.problems)  # fmt: skip


def test_a_repeat_follows_a_request_whose_answer_was_lost():
    for status, balances in ((200, False), (0, True)):
        both = Both()
        both.copies = 1
        both.answers[-1] = (_AT_SERVER_US, "sensocan", status)
        account = both.account()
        assert account.balances == balances, account.problems
        assert account.uplinks["sensocan"].duplicates == _SENSORS
    assert account.counts.duplicates == _SENSORS
    # A server that recognises it stores no copy.
    both = Both()
    channel, time_us, *rest = both.points[4]
    both.points.append((channel, time_us + 5000, *rest))
    assert any("harbor: load at" in text for text in both.account().problems)


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


def test_a_fault_of_the_line_may_cost_an_answer():
    for kind, balances in (("stall", True), ("status", False)):
        both = Both()
        both.copies = 1
        both.strikes.append((_AT_SERVER_US - S_US // 4, kind))
        assert both.account().balances == balances


def test_a_held_channel_waits_and_the_others_continue():
    both = Both()
    for row in range(4, ROW_COUNT):
        both.take(row, 1)
    both.ledgers[f"sensocan~{zlib.crc32(b'load'):08x}"] = Ledger(4, 1)
    account = top(both, waiting=ROW_COUNT - 4)
    assert account.uplinks["sensocan"].waiting == ROW_COUNT - 4


def test_several_uplinks_are_printed_in_a_line_each(capsys):
    account = Both().account()
    uplinks = {label: asdict(counts) for label, counts in account.uplinks.items()}
    print_account(asdict(account.counts), Console(width=100), uplinks)
    lines = capsys.readouterr().out.splitlines()
    assert f"harbor: {ALL_COUNT} delivered" in lines
    others = ALL_COUNT - _SENSORS
    assert f"sensocan: {_SENSORS} delivered, {others} others" in lines
    print_account(asdict(account.counts), Console(width=100), {"harbor": uplinks["harbor"]})
    one = capsys.readouterr().out
    assert "harbor" not in one and "others" not in one
