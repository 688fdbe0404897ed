"""The level of a battery: thresholds, hysteresis, sag during uploads, waits while it is off."""

from wherry.power.level import EMPTY, LOW, NORMAL, OFF, Level, key_of

EMPTY_MV = 3400
# (level before, readings, level after)
AFTER = (
    (NORMAL, [3450], NORMAL), (NORMAL, [3449], LOW), (NORMAL, [3400], LOW),
    (NORMAL, [3399], EMPTY), (LOW, [3549], LOW), (LOW, [3550], NORMAL),
    (EMPTY, [3450], EMPTY), (EMPTY, [3549], EMPTY), (EMPTY, [3550], NORMAL),
    (OFF, [3000], OFF), (OFF, [3549], OFF), (OFF, [3550], NORMAL),
    # The level changes only if all readings agree, and by the smallest change that any requires.
    (NORMAL, [3300, 3300, 3460], NORMAL), (NORMAL, [3300, 3420, 3300], LOW),
    (OFF, [3600, 3600, 3549], OFF), (EMPTY, [3600, 3550, 3700], NORMAL),
)  # fmt: skip


def at(level, sag_mv=0):
    battery = Level(bytes(6))
    battery.level, battery.sag_mv = level, sag_mv
    return battery


def test_a_level_changes_at_its_threshold_and_back_at_a_higher_one():
    for level, readings, expected in AFTER:
        assert at(level).after(readings, EMPTY_MV) == expected, (level, readings)


def test_the_sag_of_an_upload_raises_every_level():
    for level, readings, expected in AFTER:
        raised = [mv + 120 for mv in readings]
        assert at(level, 120).after(raised, EMPTY_MV) == expected, (level, readings)
    battery = at(NORMAL)
    for mv, sag_mv in ((3400, 0), (3280, 120), (3900, 0), (2000, 300)):
        battery.note_load(mv, EMPTY_MV)
        assert battery.sag_mv == sag_mv


def test_the_voltage_is_measured_every_10_min_for_an_hour_then_every_hour():
    battery = at(EMPTY)
    waits = [battery.wait_ms() // 60_000 for _ in range(300)]
    assert waits == [10] * 6 + [60] * 294
    assert (battery.level, battery.waits) == (OFF, 255)


def test_the_saved_level_is_restored():
    battery = at(LOW, 299)
    battery.waits, battery.key = 7, 65_535
    again = Level(battery.packed())
    assert (again.level, again.waits, again.sag_mv, again.key) == (LOW, 7, 299, 65_535)


def test_another_divider_or_threshold_has_another_key():
    divider = {"adc_pin": 34, "ratio_milli": 2000}
    others = (
        (3401, divider),
        (3400, dict(divider, adc_pin=35)),
        (3400, dict(divider, ratio_milli=1)),
    )
    keys = [key_of(EMPTY_MV, divider)] + [key_of(*other) for other in others]
    assert all(keys) and len(set(keys)) == 4
