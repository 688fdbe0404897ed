"""The drift of the sleep clock at its temperature, the stated uncertainty, and bad memory."""

import random

from support.node.check import raises
from support.queue.damage import read_file, write_file
from support.time.clocks import TRUE, new_clock
from wherry.stage.memory import SLEEP_CLOCK_AT
from wherry.time.setting import sync
from wherry.time.sleep_clock import feel, stay_awake, uncertainty_ms, values

SEED = 20261129
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
WAKE = 10 * MINUTE


class Oscillator:
    """A node's clock whose drift in ppm depends on the temperature; it wakes every 10 minutes."""

    def __init__(self, ppm_of):
        self.clock = new_clock(rtc_ms=0)
        self.ppm_of, self.true_ms, self.ticks_us = ppm_of, 0, 0
        self.outside = self.wakes = 0

    @property
    def ticks(self):
        return self.ticks_us // 1000

    def error_ms(self):
        return self.clock.true_ms(self.ticks) - TRUE - self.true_ms

    def answer(self, error_ms=0, uncertainty_ms=30):
        assert sync(self.clock, self.ticks, TRUE + self.true_ms + error_ms, uncertainty_ms)

    def learn(self, wake_count, celsius_of, error_ms_max=0):
        """Go on for a number of wakes, each sixth with an answer."""
        for wake in range(1, wake_count):
            self.go_on(celsius_of(wake))
            if not wake % 6:
                self.answer(random.randint(-error_ms_max, error_ms_max))

    def go_on(self, celsius):
        """Sleep until the next wake, and note the temperature."""
        self.true_ms += WAKE
        self.ticks_us += WAKE * 1000 + WAKE * self.ppm_of(celsius) // 1000
        feel(self.clock, celsius)
        self.wakes += 1
        self.outside += abs(self.error_ms()) > uncertainty_ms(self.clock, self.ticks)


def day_of(celsius, swing, wake):
    """Return the temperature at a wake: a day and a night that differ by 2 * swing."""
    at = wake % 144
    return celsius - swing + (at if at < 72 else 144 - at) * 2 * swing // 72


def test_the_drift_is_learned_against_the_temperature():
    random.seed(SEED)
    made = Oscillator(lambda celsius: 2400 + 20 * (celsius - 20))
    made.answer()
    made.learn(288, lambda wake: day_of(22, 6, wake), 30)
    # A day without an answer, and 15 K colder: 300 ppm less, or 26 s in a day.
    for wake in range(144):
        made.go_on(day_of(7, 6, wake))
    assert abs(made.error_ms()) < 2000, made.error_ms()
    assert made.outside == 0


def test_a_clock_without_a_temperature_learns_its_drift():
    for ppm in (-4000, -37, 0, 900):
        made = Oscillator(lambda celsius, ppm=ppm: ppm)
        made.clock.memory[SLEEP_CLOCK_AT] ^= 1
        made.answer()
        for _ in range(20):
            made.true_ms += HOUR
            made.ticks_us += HOUR * 1000 + HOUR * ppm // 1000
            error_ms = abs(made.error_ms())
            made.answer()
        assert error_ms <= 36 and values(made.clock)[3:6] == (0, 0, -128), (ppm, error_ms)


def test_the_uncertainty_grows_until_the_next_answer():
    made = Oscillator(lambda celsius: 0)
    made.answer(0, 40)
    clock = made.clock
    # Nothing is known about the drift: 5000 ppm, 18 s in an hour.
    assert [uncertainty_ms(clock, ms) for ms in (0, 1000, HOUR)] == [40, 45, 18_040]
    bounds = []
    for _ in range(40):
        for _ in range(6):
            made.go_on(20)
        made.answer(0, 40)
        bounds.append(values(clock)[0])
    assert bounds == sorted(bounds, reverse=True) and bounds[0] == 2500 and bounds[-1] < 200
    # An answer that differs from the expected time by 300 ms in an hour.
    for _ in range(6):
        made.go_on(20)
    made.answer(300, 40)
    assert values(clock)[0] == 4 * 61


def test_a_boot_after_a_loss_of_power_begins_with_the_learned_drift():
    made = Oscillator(lambda celsius: 1000 + 10 * celsius)
    made.answer()
    made.learn(288, lambda wake: day_of(20, 8, wake))
    learned = values(made.clock)[:3]
    path = made.clock.path[:-7] + "drift"
    content = read_file(path)
    for damage, expected in ((0, learned), (1, (5000, 0, 0))):
        again = Oscillator(made.ppm_of)
        again.clock.path = made.clock.path
        write_file(path, bytes([content[0] ^ damage]) + content[1:])
        for _ in range(3):
            again.go_on(20)
        again.answer()
        assert values(again.clock)[:5] == expected + (0, 0)


def test_damaged_memory_is_a_clock_of_unknown_drift():
    clock = new_clock(rtc_ms=0)
    feel(clock, -40)
    feel(clock, 20)
    assert values(clock) == (5000, 0, 0, -100, 2, 20, 0, 0)
    # The clock does not jump: its last drift has its own CRC.
    clock.state.drift_ppm = -700
    for at in range(19):
        clock.memory[SLEEP_CLOCK_AT + at] ^= 16
        assert values(clock) == (5000, -700, 0, 0, 0, -128, 0, 0), at
        clock.memory[SLEEP_CLOCK_AT + at] ^= 16


def test_the_mean_temperature_of_many_wakes_is_kept():
    clock = new_clock(rtc_ms=0)
    for _ in range(65_540):
        feel(clock, 25)
    total, count = values(clock)[3:5]
    assert abs(total - 50 * count) <= 50 and 30_000 < count < 65_536


def test_without_flash_the_drift_is_learned_in_rtc_memory():
    made = Oscillator(lambda celsius: 500)
    made.answer()
    made.clock.path = "/none/anchors"
    for _ in range(12):
        made.go_on(20)
    made.answer()
    assert abs(made.clock.state.drift_ppm + 500) < 20
    raises(OSError, read_file, "/none/drift")


def test_a_constant_temperature_teaches_no_slope():
    made = Oscillator(lambda celsius: 3000)
    made.answer()
    made.learn(1200, lambda wake: 22)
    assert values(made.clock)[2] == 0
    # 20 K colder: a drift that is not known there is more uncertain.
    for _ in range(18):
        made.go_on(2)
    assert uncertainty_ms(made.clock, made.ticks) > 30 + 3 * 3600 * (19 * 30) // 1000


def test_the_temperatures_before_the_first_answer_do_not_count():
    made = Oscillator(lambda celsius: 0)
    for _ in range(10):
        made.go_on(35)
    made.answer()
    for _ in range(3):
        made.go_on(5)
    # Half degrees, between the wakes: 35 and 5, then 5 and 5.
    assert values(made.clock)[3:6] == (40 + 10 + 10, 3, 5)


def test_a_step_of_a_server_s_clock_teaches_nothing_and_makes_the_drift_uncertain():
    made = Oscillator(lambda celsius: 1000)
    made.answer()
    made.learn(200, lambda wake: 20)
    learned = values(made.clock)
    made.answer(240_000)
    assert values(made.clock)[:3] == (5000,) + learned[1:3]


def test_the_drifts_of_the_crystal_and_of_the_sleep_clock_are_apart():
    made = Oscillator(lambda celsius: 2000)
    made.answer()
    made.learn(200, lambda wake: 20)
    assert values(made.clock)[0] < 250
    stay_awake(made.clock)
    assert values(made.clock) == (5000, 0, 0, 0, 0, -128, 0, 0)
    assert made.clock.state.drift_ppm == 0
    # On battery again.
    feel(made.clock, 20)
    assert values(made.clock)[0] == 5000


def test_uncertain_answers_teach_slowly():
    random.seed(SEED)
    made = Oscillator(lambda celsius: 3000)
    made.answer(0, 700)
    for _ in range(500):
        made.go_on(20)
        made.answer(random.randint(-500, 500), 700)
    assert abs(made.clock.state.drift_ppm + 3000) < 200 and values(made.clock)[0] < 1000
