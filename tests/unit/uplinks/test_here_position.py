"""HERE's uplink: positions, members and numbers at each bound, as the JSON that is sent."""

import json

from support.uplinks.here_rig import NOW_S, settings
from support.uplinks.here_server import UNIX_S
from wherry.uplinks.here import numbers, state
from wherry.uplinks.here.position import Position

PAIR = (("lat", "", 1), ("lng", "", 2))
AT = [10, -20]
HEAD = '{"type":"gnss","timestamp":%d' % ((NOW_S + UNIX_S) * 1000 + 7)


def position(channels, values, missing=()):
    """Return the text after the stamp in a row's position, or "" if it has no position."""
    found = Position(channels, numbers.latitude_of(channels))
    mask = (1 << len(channels)) - 1
    for i in missing:
        mask ^= 1 << i
    text = found.text(mask, values, NOW_S, 7).decode()
    if not text:
        return ""
    assert text.startswith(HEAD) and text[-1] == "}", text
    json.loads(text)
    return text[len(HEAD) + 1 : -1]


def beside(value, name, unit="", decimals=0, more=(), more_values=()):
    """Return a position's text from the accuracy's value on, with a channel beside the pair."""
    channels = PAIR + ((name, unit, decimals),) + tuple(more)
    text = position(channels, AT + [value] + list(more_values))
    begin = '"lat":1.0,"lng":-0.20,"accuracy":'
    assert text.startswith(begin), text
    return text[len(begin) :]


def test_the_pair_is_a_latitude_and_the_first_longitude_after_it():
    for names, expected in (
        (("lat", "lng"), '"lat":1,"lng":2'), (("lat", "lon"), '"lat":1,"lng":2'),
        (("lat", "long"), '"lat":1,"lng":2'), (("lat", "Longitude"), '"lat":1,"lng":2'),
        (("lat", "a", "van_lon"), '"lat":1,"lng":3'), (("lng", "lat"), ""), (("lat", "a"), ""),
        (("lng", "lat", "lon"), '"lat":2,"lng":3'), (("lat", "lng", "lon"), '"lat":1,"lng":2'),
        (("lat", "elon"), ""),
    ):  # fmt: skip
        channels = [(name, "", 0) for name in names]
        expected = expected and expected + ',"accuracy":10'
        assert position(channels, [1, 2, 3][: len(names)]) == expected, names


def test_a_position_needs_only_both_coordinates():
    channels = (("x", "", 0),) + PAIR + (("speed", "m/s", 0), ("heading", "", 0))
    values = [0, 10, -20, 3, 4]
    whole = '"lat":1.0,"lng":-0.20,"accuracy":10'
    moving = whole + ',"speed":3,"heading":4'
    for missing, expected in (
        ((), moving), ((0,), moving), ((1,), ""), ((2,), ""), ((1, 2), ""), ((3,), whole),
        ((4,), whole), ((0, 3, 4), whole),
    ):  # fmt: skip
        assert position(channels, values, missing) == expected, missing


def test_latitudes_end_at_90_degrees_and_longitudes_at_180():
    for lat, lng, is_there in (
        (900, 18_000, True), (-900, -18_000, True), (901, 0, False), (-901, 0, False),
        (0, 18_001, False), (0, -18_001, False),
    ):  # fmt: skip
        assert bool(position(PAIR, [lat, lng])) == is_there, (lat, lng)
    assert position(PAIR, [-900, 18_000]) == '"lat":-90.0,"lng":180.00,"accuracy":10'


def test_accuracy_and_altitude_are_as_the_receiver_reports_them():
    for value, expected in ((-1, "10"), (0, "0.0"), (1, "0.1"), (52, "5.2"), (1000, "100.0")):
        assert beside(value, "accuracy", "m", 1) == expected, value
    for value, expected in ((-35, "-3.5"), (0, "0.0"), (1, "0.1"), (88_480, "8848.0")):
        assert beside(value, "altitude", "m", 1) == '10,"alt":' + expected, value


def test_satellites_are_1_to_50():
    for value, decimals, count in (
        (0, 0, 0), (1, 0, 1), (50, 0, 50), (51, 0, 0), (-1, 0, 0), (4, 1, 0), (5, 1, 1),
        (504, 1, 50), (505, 1, 0),
    ):  # fmt: skip
        expected = '10,"satellitecount":%d' % count if count else "10"
        assert beside(value, "satellites", "", decimals) == expected, (value, decimals)


def test_speed_is_in_metres_a_second_and_below_1000():
    for value, unit, decimals, expected in (
        (0, "m/s", 0, 0), (999, "m/s", 0, 999), (1000, "m/s", 0, None), (-1, "m/s", 0, None),
        (9994, "m/s", 1, 999), (9995, "m/s", 1, None), (36, "km/h", 0, 10), (360, "km/h", 1, 10),
        (3599, "km/h", 0, 999), (3600, "km/h", 0, None), (1800, "kn", 0, 926),
        (1943, "kn", 0, 999), (1944, "kn", 0, None), (5, "", 0, None), (5, "mph", 0, None),
    ):  # fmt: skip
        found = beside(value, "speed", unit, decimals, [("heading", "°", 0)], [90])
        moving = '10,"speed":%d,"heading":90' % (expected or 0)
        assert found == (moving if expected is not None else "10"), (value, unit, decimals)
    # Speed and heading are sent only together.
    assert beside(5, "speed", "m/s") == beside(5, "heading") == "10"


def test_headings_are_0_to_359():
    for value, decimals, expected in (
        (0, 0, 0), (1, 0, 1), (359, 0, 359), (360, 0, 0), (361, 0, 1), (-1, 0, 359),
        (720, 0, 0), (3594, 1, 359), (3595, 1, 0), (14, 1, 1), (15, 1, 2),
    ):  # fmt: skip
        found = beside(value, "heading", "°", decimals, [("speed", "m/s", 0)], [0])
        assert found == '10,"speed":0,"heading":%d' % expected, (value, decimals)


def test_channels_that_belong_to_a_pair_share_its_prefix():
    channels = [("van_lat", "", 0), ("van_lon", "", 0), ("altitude", "m", 0),
                ("van_altitude", "m", 0), ("bus_accuracy", "m", 0)]  # fmt: skip
    assert position(channels, [1, 2, 3, 4, 5]) == '"lat":1,"lng":2,"accuracy":10,"alt":4'
    channels[0] = ("my_van_Latitude", "", 0)
    channels[3] = ("my_van_altitude", "m", 0)
    assert position(channels, [1, 2, 3, 4, 5]) == '"lat":1,"lng":2,"accuracy":10,"alt":4'


# Members

FOUND = {
    "temperatureC": ("°C", ("temperature", "air_temperature")),
    "relativeHumidity": ("%", ("humidity", "air_humidity", "relative_humidity")),
    "pressureHpa": ("hPa", ("pressure", "air_pressure")),
    "batteryLevel": ("%", ("battery_level", "battery")),
}


def test_members_are_found_by_name_and_unit():
    names = [name for _, each in FOUND.values() for name in each] + ["tilt", "", "temp"]
    for name in names:
        for unit in ("°C", "%", "hPa", "", "K", "V"):
            expected = [m for m in FOUND if unit == FOUND[m][0] and name in FOUND[m][1]]
            found = state._member({}, name, unit)
            assert found == (expected[0] if expected else None), (name, unit)
    # If the configuration names members, only those members are sent.
    assert state._member({"tiltDegree": "temperature"}, "temperature", "°C") == "tiltDegree"
    assert state._member({"tiltDegree": "roof"}, "temperature", "°C") is None


def test_a_name_is_sent_if_it_has_3_to_50_characters():
    for size in (0, 1, 2, 3, 4, 49, 50, 51):
        client = json.loads(state._client(settings(name="n" * size)).decode())
        assert client.get("name", "") == ("n" * size if 3 <= size <= 50 else ""), size
        assert client["manufacturer"] == "wherry" and client["version"].count(".") == 2
        assert client["firmware"] == "wherry " + client["version"]
        assert 0 < len(client["model"]) <= 50 and client["platform"].count(".") == 2
