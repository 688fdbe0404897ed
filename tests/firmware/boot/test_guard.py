"""firmware/boot/guard.py on MicroPython: its decisions, and its writes to flash and RTC memory."""

import pytest
from support.boards.firmware_run import found_by

EMPTY_MV = 3400
PROGRAM = """
from binascii import crc32

Chip = Measuring
stand_in(machine=Chip, time=Clock)
flash = mount({})
import guard
from wherry.stage.newest import newest_copy
from wherry.stage.stage import Stage

settings = {"power": {"source": "battery", "empty_mv": given["empty_mv"]},
            "board": {"battery": {"adc_pin": 34, "ratio_milli": 2000}}}

def power_on(with_state):
    Chip.memory[:] = bytes(2048)
    Chip.cause = Chip.PWRON_RESET
    if with_state: begin()

def begin():
    stage = Stage(Chip.memory, bool, 1)
    stage.new_state()
    stage.save()
    Chip.cause = Chip.DEEPSLEEP_RESET

found = []
for mv, event in given["wakes"]:
    if event: power_on(event == "state")
    Converter.samples = mv if type(mv) is list else [mv]
    before = crc32(flash.cells)
    try:
        result = guard.check(settings, None)
        if not newest_copy(Chip.memory)[1]: begin()
    except Slept as slept:
        result, Chip.cause = slept.args[0] // 60_000, Chip.DEEPSLEEP_RESET
    found.append([result, crc32(flash.cells) != before])
"""


def decided(*wakes):
    """Return [(the decision, or the minutes slept; True if the flash has changed)] of wakes.

    A wake is a voltage or its samples; a tuple has an event as well, a loss of power after which
    the node has a state ("state") or lacks one ("cut").
    """
    given = [list(wake) if isinstance(wake, tuple) else [wake, None] for wake in wakes]
    given[0][1] = given[0][1] or "state"
    found, lines = found_by(PROGRAM, {"empty_mv": EMPTY_MV, "wakes": given})
    decided.lines = lines
    return [tuple(each) for each in found]


GO, ARMED, LOW = (False, False), (False, True), (True, False)
OFF_10, OFF_60 = (10, False), (60, False)


def test_a_discharge_and_a_charge():
    found = decided(3900, 3600, 3450, 3449, 3500, 3400, 3399, *[3300] * 6, 3549, 3550, 3449)
    assert found == [ARMED, GO, GO, LOW, LOW, LOW, *[OFF_10] * 6, OFF_60, OFF_60, GO, LOW]


def test_protection_begins_once_the_battery_has_been_in_use():
    assert decided(3000, 3449, 3549, 3550, 3000) == [GO, GO, GO, ARMED, OFF_10]


def test_an_empty_battery_at_power_on_costs_no_write():
    found = decided(3900, (3300, "cut"), 3300, 3549, 3550, 3300)
    assert found == [ARMED, OFF_10, OFF_60, OFF_60, GO, OFF_10]


def test_a_divider_that_floats_or_lacks_a_cell_stops_nothing():
    floating = [0, 400, 900, 1600, 2300, 3000, 3600, 4100]
    # With None the converter fails.
    assert decided(3900, floating, 0, 1699, None) == [ARMED, GO, GO, GO, GO]
    assert sum("the voltage is not watched" in line for line in decided.lines) == 4


@pytest.mark.parametrize("others", [[3900] * 8, [3400, 3900] * 8])
def test_single_samples_and_readings_do_not_count(others):
    # One of 8 samples is wrong; one of three readings is low, or the others are not readings.
    assert decided(3900, [3300, *[3900] * 7], [*[3300] * 8, *others]) == [ARMED, GO, GO]


def test_a_decision_is_printed():
    decided(3900, 3300, 3600)
    assert decided.lines == [
        "battery 3300 mV: empty",
        "battery empty: its voltage is measured again in 10 min",
        "battery 3600 mV: in use",
    ]
