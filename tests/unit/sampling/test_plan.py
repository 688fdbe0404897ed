"""Sensors that are not due at each sample, and sensors whose power is switched on for a sample."""

from support.sampling.script import Script
from wherry.sampling.plan import Plan
from wherry.sampling.sampler import Sampler


class Desk:
    """A clock in ms, and a power pin that records when it is switched."""

    def __init__(self):
        self.now = 0
        self.log = []

    def ticks(self):
        return self.now

    def wait(self, ms):
        self.now += ms

    def switch(self, is_on):
        self.log.append((self.now, is_on))


def sampler_of(plan, *scripts):
    return Sampler([("a", script, 1) for script in scripts], print, plan)


def test_a_sensor_is_read_at_each_nth_sample():
    desk = Desk()
    sampler = sampler_of(
        Plan([(1, None, 0), (3, None, 0)], 1000), Script([(0, 1)]), Script([(0, 2)])
    )
    masks = []
    for second in range(8):
        # A sample is never early, and may be late.
        desk.now = second * 1000 + second * 99
        sampler.sample(desk.ticks, desk.wait)
        masks.append(sampler.rows[0][0])
    assert masks == [3, 1, 1, 3, 1, 1, 3, 1]
    # Only the ticks survive a deep sleep, and the same sample is due as without one.
    script = Script([(0, 2)])
    desk.now = 9_000
    sampler = sampler_of(Plan([(3, None, 0)], 1000), script)
    sampler.sample(desk.ticks, desk.wait)
    assert sampler.rows == [(1, [2])] and script.starts == [True]
    desk.now = 10_000
    sampler.sample(desk.ticks, desk.wait)
    assert sampler.rows == [] and not sampler.errors


def test_power_is_switched_on_before_and_off_after_a_sample():
    desk = Desk()
    powered, other = Script([(0, 1)], wait_ms=20), Script([(0, 2)], wait_ms=5)
    sampler = sampler_of(Plan([(2, desk.switch, 500), (1, None, 0)], 1000), powered, other)
    for second in range(4):
        desk.now = second * 1000
        taken = sampler.sample(desk.ticks, desk.wait)
        # The row's time is when the sensors were measured, not when their power was switched on.
        assert taken == second * 1000 + (500 if second % 2 == 0 else 0)
    assert desk.log == [(0, True), (521, False), (2000, True), (2521, False)]
    # A chip whose power was off is restarted because its settings are lost; the other one is not.
    assert powered.starts == [True, True] and other.starts == [True, False, False, False]


def test_the_longest_warm_up_of_due_sensors_is_waited_for():
    desk = Desk()
    scripts = [Script([(0, i)]) for i in range(3)]
    entries = [(1, desk.switch, 20), (2, desk.switch, 300), (1, None, 0)]
    sampler = sampler_of(Plan(entries, 1000), *scripts)
    assert sampler.sample(desk.ticks, desk.wait) == 300
    desk.now = 1000
    assert sampler.sample(desk.ticks, desk.wait) == 1020
    assert [is_on for _, is_on in desk.log] == [True, True, False, False, True, False]


def test_power_is_switched_off_if_the_sensor_failed():
    desk = Desk()
    script = Script([(0, 1)])
    script.read = lambda: 1 / 0
    lines = []
    sampler = Sampler([("a", script, 1)], lines.append, Plan([(1, desk.switch, 10)], 1000))
    sampler.sample(desk.ticks, desk.wait)
    assert desk.log == [(0, True), (10, False)] and len(lines) == sampler.errors == 1
