"""Alarms: limits with a hysteresis, the bits in the state, and the configuration."""

from support.config.changed_config import changed, lines
from support.sampling.due_sampler import Sampler
from wherry.config.check import check
from wherry.sampling.alarms import watch
from wherry.stage.state import new_state

# (above, below, hysteresis), [(value, the text on the console, or None)]
ABOVE, BELOW = "above its alarm limit", "below its alarm limit"
WITHIN = "within its alarm limits again"
COURSES = (
    ((30, None, 2), [(30, None), (31, ABOVE), (40, None), (29, None), (28, WITHIN),
                     (30, None), (31, ABOVE)]),
    ((None, 10, 3), [(10, None), (9, BELOW), (12, None), (13, WITHIN), (9, BELOW)]),
    ((30, 10, 0), [(5, BELOW), (35, ABOVE), (30, WITHIN), (10, None)]),
    ((-5, None, 0), [(-4, ABOVE), (-5, WITHIN)]),
)  # fmt: skip


def watched(sampler, state, entries):
    said = []
    watch(sampler, state, entries, said.append)
    return said


def test_a_channel_that_crosses_a_limit_in_either_direction_makes_an_upload_due():
    for limits, course in COURSES:
        sampler, state = Sampler(None), new_state()
        said = watched(sampler, state, [(0, "level") + limits])
        for value, words in course:
            sampler.values = (value,)
            state.send_due = 5000
            del said[:]
            assert sampler.sample(lambda: 400, None) == 77
            assert state.send_due == (400 if words else 5000), (limits, value)
            assert said == (["level " + words] if words else []), (limits, value)


def test_an_alarm_that_lasts_over_a_sleep_is_reported_once():
    state = new_state()
    for i in range(3):
        sampler = Sampler(50)
        said = watched(sampler, state, [(0, "level", 30, None, 0)])
        sampler.sample(lambda: 400, None)
        assert bool(said) == (i == 0)


def test_a_channel_without_a_reading_keeps_its_alarm():
    sampler, state = Sampler(50, 1), new_state()
    said = watched(sampler, state, [(0, "level", 30, None, 0), (1, "other", None, 5, 0)])
    sampler.sample(lambda: 400, None)
    sampler.values = None, 9
    sampler.sample(lambda: 400, None)
    sampler.values = 50, None
    sampler.sample(lambda: 400, None)
    assert said == [
        "level above its alarm limit", "other below its alarm limit",
        "other within its alarm limits again",
    ]  # fmt: skip


def alarm(**options):
    return check(changed("sensor", options))["sensor"][0].get("alarm")


def test_limits_are_in_units_of_the_last_decimal():
    assert alarm() is None
    assert alarm(alarm_above={"temperature": 30, "pressure": 1000.005}) == [
        [0, [3000, None, 0]], [2, [100000, None, 0]],
    ]  # fmt: skip
    assert alarm(alarm_below={"humidity": 20.001}, alarm_hysteresis={"humidity": 0.5}) == [
        [1, [None, 2001, 50]]
    ]
    assert alarm(alarm_above={"temperature": 30}, decimals={"temperature": 0}) == [
        [0, [30, None, 0]]
    ]
    derived = alarm(derive=["dew_point"], alarm_above={"dew_point": 12})
    assert derived == [[3, [1200, None, 0]]]


def test_options_of_a_single_channel_are_plain_values():
    found = alarm(driver="battery", alarm_below=3.5, alarm_hysteresis=0.1)
    assert found == [[0, [None, 3500, 100]]]


def test_an_error_is_named_with_its_remedy():
    several = "[[sensor]] 1: alarm_above: one value for 3 channels; "
    several += "give a table, such as { temperature = ... }"
    assert lines(changed("sensor", {"alarm_above": 30})) == [several]
    for options, reported in (
        ({"alarm_hysteresis": {"humidity": 1}},
         "alarm_hysteresis: humidity: without a limit; "
         "give alarm_above or alarm_below, or remove it"),
        ({"alarm_above": {"humidity": 20}, "alarm_below": {"humidity": 19},
          "alarm_hysteresis": {"humidity": 1}},
         "alarm_below: humidity: too near alarm_above; give limits that are two hystereses apart"),
        ({"driver": "lis3dh", "rate_hz": 10, "alarm_above": {"acceleration_x": 1}},
         "alarm_above: on a fast sensor; remove it"),
    ):  # fmt: skip
        assert "[[sensor]] 1: " + reported in lines(changed("sensor", options)), options


def test_more_alarms_than_the_state_has_bits_for_are_refused():
    raw = changed("sensor", {})
    raw["sensor"] = [
        {"driver": "analog", "pin": 32 + i % 8, "name": "c%d" % i, "alarm_above": 1}
        for i in range(16)
    ]
    assert "[[sensor]]: alarms of 16 channels; keep at most 15" in lines(raw)
