"""Sensors that are not due at each sample, and sensors whose power is switched on for a sample."""

from support.node.known_clock import Known
from support.sampling.script import Script
from wherry.sampling.plan import Plan
from wherry.sampling.sampler import Sampler
from wherry.time.clock import next_due


class Desk:
    """A clock in ms, and a power pin that records when it is switched."""

    def __init__(self):
        self.now = 0
        self.log = []

    def ticks(self):
        return self.now

    def sample(self, sampler, place):
        """Sample at a place of a grid of seconds, by a clock without the time."""
        clock = Known(synced=0)
        clock.sample_due = (place + 1) * 1000
        return sampler.sample(self.ticks, self.wait, clock, 1000)

    def wait(self, ms):
        self.now += ms

    def switch(self, is_on):
        self.log.append((self.now, is_on))


def sampler_of(plan, *scripts):
    return Sampler([("a", script, 1) for script in scripts], print, plan)


def test_a_sensor_is_read_at_each_nth_sample():
    desk = Desk()
    sampler = sampler_of(Plan([(1, None, 0), (3, None, 0)]), Script([(0, 1)]), Script([(0, 2)]))
    masks = []
    for second in range(8):
        # A sample is never early, and may be late.
        desk.now = second * 1000 + second * 99
        desk.sample(sampler, second)
        masks.append(sampler.rows[0][0])
    assert masks == [3, 1, 1, 3, 1, 1, 3, 1]
    # Only the state survives a deep sleep, and the same sample is due as without one.
    script = Script([(0, 2)])
    sampler = sampler_of(Plan([(3, None, 0)]), script)
    desk.sample(sampler, 9)
    assert sampler.rows == [(1, [2])] and script.starts == [True]
    desk.sample(sampler, 10)
    assert sampler.rows == [] and not sampler.errors


def test_nth_samples_are_n_places_apart_although_the_clock_drifts():
    for drift_ppm in (-5000, -20, 0, 37, 5000):
        clock, desk = Known(drift_ppm), Desk()
        sampler = sampler_of(
            Plan([(1, None, 0), (6, None, 0)]), Script([(0, 1)]), Script([(0, 2)])
        )
        places = []
        for i in range(600):
            now = clock.sample_due + (400 + i * 97 % 300 if i else 0)
            clock.sample_due = next_due(clock, clock.sample_due, 600_000, now)
            sampler.sample(desk.ticks, desk.wait, clock, 600_000)
            if sampler.rows[0][0] == 3:
                places.append(i)
                # At each whole hour.
                true_ms = clock.true_ms(now)
                assert i < 6 or (true_ms + 1000) % 3_600_000 < 2000
        gaps = {places[i] - places[i - 1] for i in range(1, len(places))}
        assert gaps == {6}


def test_power_is_switched_on_before_and_off_after_a_sample():
    desk = Desk()
    powered, other = Script([(0, 1)], wait_ms=20), Script([(0, 2)], wait_ms=5)
    sampler = sampler_of(Plan([(2, desk.switch, 500), (1, None, 0)]), powered, other)
    for second in range(4):
        desk.now = second * 1000
        taken = desk.sample(sampler, second)
        # The row's time is when the sensors were measured, not when their power was switched on.
        assert taken == second * 1000 + (500 if second % 2 == 0 else 0)
    assert desk.log == [(0, True), (521, False), (2000, True), (2521, False)]
    # A chip whose power was off is restarted because its settings are lost; the other one is not.
    assert powered.starts == [True, True] and other.starts == [True, False, False, False]


def test_the_longest_warm_up_of_due_sensors_is_waited_for():
    desk = Desk()
    scripts = [Script([(0, i)]) for i in range(3)]
    entries = [(1, desk.switch, 20), (2, desk.switch, 300), (1, None, 0)]
    sampler = sampler_of(Plan(entries), *scripts)
    assert desk.sample(sampler, 0) == 300
    desk.now = 1000
    assert desk.sample(sampler, 1) == 1020
    assert [is_on for _, is_on in desk.log] == [True, True, False, False, True, False]


def test_power_is_switched_off_if_the_sensor_failed():
    desk = Desk()
    script = Script([(0, 1)])
    script.read = lambda: 1 / 0
    lines = []
    sampler = Sampler([("a", script, 1)], lines.append, Plan([(1, desk.switch, 10)]))
    sampler.sample(desk.ticks, desk.wait)
    assert desk.log == [(0, True), (10, False)] and len(lines) == sampler.errors == 1
