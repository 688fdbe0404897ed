"""A node whose battery's voltage changes, on virtual time; the account balances.

It sends an alarm and its end at once, and its periods follow the voltage.
"""

from copy import copy
from itertools import pairwise

import pytest
from support.account.virtual_time import LoggingLife
from support.year.lives import node_of
from wherry_host.account.flash import data_files
from wherry_host.year.faults.fault import Fault
from wherry_host.year.judge.kept import kept
from wherry_host.year.node import BEGIN_US

SEED = 20261126


class SetCell:
    """A cell whose voltage is set."""

    mv = 3_820

    def share_after(self, used_mah, days):
        return 1

    def voltage_mv(self, share):
        return self.mv


def lived(folder, life_s, voltages, faults=(), **changes):
    """Return the life of a node with a cell of these `voltages`, {second: mV}, and faults."""
    node = copy(node_of(folder, **changes))
    node.cell = SetCell()
    life = LoggingLife(node, SEED)
    for at_s, mv in voltages.items():
        life.clock.at(BEGIN_US + at_s * 1_000_000, setattr, node.cell, "mv", mv)
    life.run(BEGIN_US + life_s * 1_000_000, faults=faults)
    return life


def life_with_a_new_cell(folder, durability, low_s, new_s, low_mv):
    """Return a life whose cell has `low_mv` from one second on, and is replaced at another."""
    life = lived(
        folder,
        new_s + 3_000,
        {low_s: low_mv, new_s: 4_000},
        faults=[Fault(new_s, "power_cut", 0)],
        node={
            "name": "life", "sample_every": "60 s", "send_every": "10 min",
            "durability": durability,
        },
        power={"source": "battery", "empty_mv": 3_400},
        sensor=[{"driver": "bme280"}, {"driver": "battery"}],
    )  # fmt: skip
    assert len(life.power.losses) == 1
    return life


@pytest.mark.parametrize("durability", ["row", "stage"])
def test_rows_of_an_empty_battery_that_is_replaced_are_in_a_gap(tmp_path, durability):
    life = life_with_a_new_cell(tmp_path, durability, 1_500, 6_000, 3_300)
    (loss,) = life.power.losses
    # The sensor was read while the battery was empty, and no row of these reached the flash.
    waiting = {each.row for each in loss.staged}
    assert len(waiting) > 60
    flash, _ = kept(life)
    assert flash.gaps.count == 1
    # From now on, a power cut of a node with "row" leaves no gap.
    is_noted = "stage" in data_files(bytes(life.flash.memory.content))
    assert is_noted == (durability == "stage")


def test_a_battery_that_was_charged_again_leaves_no_gap(tmp_path):
    life = lived(
        tmp_path,
        12_000,
        {1_500: 3_300, 6_000: 4_000},
        faults=[Fault(10_000, "power_cut", 0)],
        node={"name": "life", "sample_every": "60 s", "send_every": "10 min"},
        power={"source": "battery", "empty_mv": 3_400},
        sensor=[{"driver": "bme280"}, {"driver": "battery"}],
    )
    flash, _ = kept(life)
    assert life.power.losses[0].staged == [] and flash.gaps.count == 0
    assert not life.account().problems


def test_a_low_battery_does_not_forget_that_rows_wait_later(tmp_path):
    life = lived(
        tmp_path,
        14_000,
        {1_500: 3_420, 6_000: 4_000},
        # The second one is "row", begun with the reset button.
        faults=[Fault(3_000, "power_cut", 0), Fault(9_320, "deploy", 12)],
        node={
            "name": "life", "sample_every": "60 s", "send_every": "10 min",
            "durability": "stage",
        },
        power={"source": "battery", "empty_mv": 3_400},
        sensor=[{"driver": "bme280"}, {"driver": "battery"}],
    )  # fmt: skip
    first, second = life.power.losses
    assert first.staged == [] and len(second.staged) > 10
    assert max(each.row for each in second.flash.readings) + 1 in kept(life)[0].gaps.rows


def test_a_battery_that_is_replaced_in_time_leaves_no_gap(tmp_path):
    life = life_with_a_new_cell(tmp_path, "row", 1_500, 6_000, 3_440)
    assert life.power.losses[0].staged == [] and kept(life)[0].gaps.count == 0


def times_s(life, words):
    """Return the times of the console lines with these words, in seconds of the life."""
    return [(time_us - BEGIN_US) / 1e6 for time_us, text in life.lines if words in text]


SEND_S = 300
# An upload takes 3 s; these times are far from those of the regular uploads.
BELOW_S, WITHIN_S = 410, 850
LATE_S = 15
ALARM = {"driver": "battery", "alarm_below": 3.6, "alarm_hysteresis": 0.1}


@pytest.mark.parametrize(("durability", "source"), [("stage", "battery"), ("row", "mains")])
def test_an_alarm_and_its_end_are_sent_at_once(tmp_path, durability, source):
    node = {"name": "life", "sample_every": "10 s", "send_every": "5 min"}
    life = lived(
        tmp_path,
        1_500,
        {BELOW_S: 3_500, WITHIN_S: 3_800},
        node=node | {"durability": durability},
        power={"source": source, "empty_mv": 0},
        sensor=[{"driver": "bme280"}, ALARM],
    )
    (below_s,) = times_s(life, "battery_voltage below its alarm limit")
    (within_s,) = times_s(life, "battery_voltage within its alarm limits again")
    assert 0 <= below_s - BELOW_S < LATE_S and 0 <= within_s - WITHIN_S < LATE_S
    sent_s = times_s(life, ": delivered")
    alarms_s = [min(each for each in sent_s if each > time_s) for time_s in (below_s, within_s)]
    assert alarms_s[0] - below_s < LATE_S and alarms_s[1] - within_s < LATE_S
    # The same alarm is not sent again: all other uploads but the first are at the node's slot.
    for before_s, after_s in pairwise([each for each in sent_s[1:] if each not in alarms_s]):
        assert abs(after_s - before_s - SEND_S) < LATE_S
    assert life.account().problems == []


CADENCE = "high:15s/45s; normal:30s/90s; low:1min/3min"
PERIODS_S = {"high": (15, 45), "normal": (30, 90)}
# {second: mV}: at the second and the fourth of these, the level stays the same.
VOLTAGES = {300: 3_600, 600: 3_820, 900: 3_880, 1_200: 3_760}


def check_periods(times_s, period_s):
    """Check that times follow each other after a period, from the grid's first one on.

    The first upload lasts the longest, and is before the grid.
    """
    gaps_s = [after - before for before, after in pairwise(times_s)]
    assert len(gaps_s) > 2 and max(gaps_s[:2]) < period_s + 4, times_s
    assert all(abs(gap_s - period_s) < 4 for gap_s in gaps_s[2:]), times_s


def test_a_node_samples_and_sends_by_the_voltage_after_its_last_upload(tmp_path):
    life_s = 1_500
    life = lived(
        tmp_path,
        life_s,
        VOLTAGES,
        node={"name": "life", "sample_every": "20 s", "send_every": "20 s", "durability": "stage"},
        power={"source": "battery", "empty_mv": 3000, "cadence": CADENCE},
        sensor=[{"driver": "bme280"}, {"driver": "battery"}],
    )
    chosen_s = times_s(life, ", a row each ")
    names = [text.split()[3].rstrip(",") for _, text in life.lines if ", a row each " in text]
    assert names == ["high", "normal", "high"]
    # The periods hold from the upload that chose the level, and from the row before it.
    rows_s, sent_s = times_s(life, ": 4 readings"), times_s(life, ": delivered")
    for name, (begin_s, end_s) in zip(names, pairwise([*chosen_s, life_s]), strict=True):
        sample_s, send_s = PERIODS_S[name]
        check_periods([each for each in sent_s if begin_s <= each <= end_s], send_s)
        first_s = max(each for each in rows_s if each < begin_s)
        check_periods([each for each in rows_s if first_s <= each <= end_s], sample_s)
    assert life.account().problems == []
