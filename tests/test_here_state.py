"""HERE's uplink: each member of reportedSensorData within the vendor's bounds."""

from here_rig import Rig

# Of the vendor's OpenAPI description; the tilt's are a full turn either way.
BOUNDS = (
    ("temperatureC", -70, 100), ("relativeHumidity", 0, 100), ("pressureHpa", 300, 1500),
    ("batteryLevel", 0, 100), ("accelerationG", -100, 100), ("tiltDegree", -360, 360),
)  # fmt: skip


def reported(values):
    """Return the members that HERE gets of a row with these values, in tenths."""
    names = [bound[0] for bound in BOUNDS]
    rig = Rig([(name, "", 1) for name in names], reported={name: name for name in names})
    rig.add(100, values)
    rig.run()
    return rig.server.items[-1]["system"].get("reportedSensorData", {})


def test_each_member_is_reported_up_to_its_bounds_and_not_beyond():
    lows = [(name, low) for name, low, _ in BOUNDS]
    highs = [(name, high) for name, _, high in BOUNDS]
    for ends, beyond in ((lows, -1), (highs, 1)):
        values = [10 * value for _, value in ends]
        assert reported(values) == dict(ends), ends
        # One that is out of bounds spoils the batch: it stays out, and only it.
        for i in range(len(ends)):
            wrong = values[:i] + [values[i] + beyond] + values[i + 1 :]
            assert reported(wrong) == dict(ends[:i] + ends[i + 1 :]), ends[i]
