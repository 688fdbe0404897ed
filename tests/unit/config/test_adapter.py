"""A third-party driver in a section: accepted configurations, creation and reading."""

from support.config.changed_config import changed
from wherry.config.check import ConfigError, check
from wherry.config.expression import parsed
from wherry.sampling.adapter import Adapter, scaled
from wherry.sampling.sampler import Sampler

DRIVER = "support.sensors.odd_chip:Chip"
BOTH = {"temperature": "temperature", "humidity": "humidity()"}


def raw(**options):
    options = dict({"driver": DRIVER, "source": "path:odd_chip.py"}, **options)
    found = changed("sensor", {})
    found["sensor"] = [options]
    return found


def section(**options):
    return check(raw(**options), "esp32", ("bme280",))["sensor"][0]


def errors(**options):
    try:
        section(**options)
    except ConfigError as error:
        return str(error)
    raise AssertionError("no error")


class Bus:
    """An I2C bus on which one address answers."""

    def __init__(self, **values):
        self.values = values
        self.written = []
        self.asked = 0
        self.is_there = True

    def writeto(self, address, data):
        if not self.is_there:
            raise OSError(19)
        self.written.append((address, data))


def made(bus, **options):
    """Return the Adapter of a section on a bus, and the list of calls that it makes."""
    typed = section(**options)
    calls = []

    def call(function, *arguments, **keywords):
        calls.append(function)
        return function(*arguments, **keywords)

    def port(kind, value):
        assert (kind, value) == ("i2c", "i2c0")
        return bus

    return Adapter(typed, port, call, bus if "address" in typed else None), calls


def readings(bus, **options):
    sensor, _ = made(bus, **options)
    sensor.start(True)
    return sensor.read()


def test_an_expression_names_an_attribute_a_call_or_an_index():
    assert parsed("temperature") == ["temperature"]
    assert parsed("humidity()") == ["humidity", []]
    assert parsed("read(1, 'x', -0x1f)[0]") == ["read", [1, "x", -31], 0]
    assert parsed("a.b()[1][-2]") == ["a", "b", [], 1, -2]
    assert parsed("read_temp(scan()[0])") == ["read_temp", [["scan", [], 0]]]
    for text in ("", "1a", "a b", "a(", "a(1 2)", "a[x]", "a[1", "a.", "a('x)", "a()b", "é"):
        assert parsed(text) is None, text
    assert parsed("a" * 101) is None
    assert parsed("a(b(c(d(1))))") and parsed("a(b(c(d(e(1)))))") is None


def test_a_section_has_the_channels_it_names():
    typed = section(
        channels=BOTH, decimals={"humidity": 1}, unit={"temperature": "°C"}, prefix="roof_",
        derive=["dew_point"], start="begin", ready_ms=50, address=0x41,
    )  # fmt: skip
    assert typed["channels"] == [
        ("roof_humidity", "", 1), ("roof_temperature", "°C", 2), ("roof_dew_point", "°C", 2),
    ]  # fmt: skip
    assert typed["start"] == ["begin", []] and typed["ready_ms"] == 50
    assert typed["arguments"] == [[["i2c", "i2c0"], 0x41], {}]
    assert typed["block_ms_max"] == 250 and "adjust" not in typed


def test_a_class_is_called_with_ports_and_values():
    only = {"channels": {"t": "t"}}
    assert section(pin=4, **only)["arguments"] == [[["pin", 4]], {}]
    typed = section(arguments=["pin 4", "onewire 5", 3, True, "x"], **only)
    assert typed["arguments"] == [[["pin", 4], ["onewire", 5], 3, True, "x"], {}]
    assert "bus" not in typed
    typed = section(arguments={"i2c": "bus", "gain": 2}, bus="i2c1", **only)
    assert typed["arguments"] == [[], {"i2c": ["i2c", "i2c1"], "gain": 2}]


def test_each_error_in_a_section_has_its_line():
    only = {"channels": {"t": "t"}}
    for wrong, text in (
        ({"driver": "odd-chip:Chip"}, 'driver: "odd-chip:Chip"; give "module:Class"'),
        ({"driver": "odd_chip:"}, 'driver: "odd_chip:"; give "module:Class"'),
        ({"source": "npm:x"}, 'source: "npm:x"; give "pypi:name==version", "path:file.py"'),
        ({"source": "pypi:x"}, 'source: "pypi:x"; give "pypi:name==version"'),
        ({"channels": {}}, "channels: 0 channels; give 1 to 32"),
        ({"channels": {"t": "1"}}, 'channels: t: "1"; give an attribute or a call'),
        ({"channels": {"t": 1}}, "channels: t: 1; give an attribute or a call"),
        ({"channels": "t"}, 'channels: "t"; give a table'),
        ({"start": "a b"}, 'start: "a b"; give an attribute or a call'),
        ({"arguments": "bus"}, 'arguments: "bus"; give a list, or a table of keywords'),
        ({"arguments": [1.5]}, "arguments: 1.5; give whole numbers"),
        ({"arguments": ["pin 99"]}, 'arguments: "pin 99"; give whole numbers'),
        ({"arguments": ["pin \u00b2"]}, 'arguments: "pin \u00b2"; give whole numbers'),
        ({"arguments": ["bus"], "pin": 4}, 'pin: with arguments; write "pin 4" there'),
        ({"decimals": 9}, "decimals: 9; give a whole number"),
        ({"ready": 5}, 'ready: unknown key; did you mean "ready_ms"?'),
    ):
        found = errors(**dict(only, **wrong))
        assert found.startswith("[[sensor]] 1: " + text), found


def test_values_become_scaled_integers():
    for value, decimals, wanted in (
        (21.5, 2, 2150), (-0.004, 2, 0), (7, 3, 7000), (True, 1, 10), (1e9, 0, 1000000000),
        ("21.50C", 1, 215), ("-3.25 %", 2, -325), ("40", 0, 40),
    ):  # fmt: skip
        assert scaled(value, decimals) == wanted, value
    for value in (float("nan"), float("inf"), None, "", "C", (1,), b"1", "1.2.3"):
        try:
            raise AssertionError(scaled(value, 2))
        except ValueError:
            pass


def test_a_driver_is_read():
    bus = Bus(temperature=21.57, humidity=40)
    assert readings(bus, channels=BOTH) == [(0, 4000), (1, 2157)]
    assert readings(bus, channels={"t": "value('temperature', 2)"}) == [(0, 4314)]
    assert readings(bus, channels={"t": "value(first())"}) == [(0, 2157)]
    # Channels that use the same call share its result.
    pair = {"t": "all()[0]", "u": "all()[1]", "v": "all()[0]"}
    assert readings(bus, channels=pair) == [(0, 2157), (1, 4000), (2, 2157)]
    assert bus.asked == 1


def test_a_driver_is_created_at_the_first_use_and_after_a_failure():
    bus = Bus(temperature=1, humidity=2)
    sensor, calls = made(bus, channels=BOTH, start="begin", address=0x40)
    assert calls == []
    assert sensor.start(True) == 0
    device = sensor._device
    assert device.begun == 1 and device.address == 0x40
    sensor.start(False)
    assert sensor._device is device and device.begun == 2
    sensor.start(True)
    assert sensor._device is not device
    assert bus.written == [(0x40, b"")] * 3
    # If the chip is absent, nothing more is read.
    bus.is_there = False
    before = len(calls)
    try:
        raise AssertionError(sensor.start(False))
    except OSError as error:
        assert error.args[0] == 19
    assert len(calls) == before


def sampled(bus, **options):
    """Return what a sampler prints during a sample, and its rows."""
    sensor, _ = made(bus, **options)
    lines = []
    sampler = Sampler([("Chip", sensor, len(sensor._names))], lines.append)
    sampler.sample(lambda: 0, lambda ms: None)
    return lines, sampler.rows


def test_a_driver_failure_is_a_sensor_failure():
    bus = Bus(temperature=RuntimeError("CRC mismatch"), humidity=40)
    lines, rows = sampled(bus, channels=BOTH)
    assert rows == [(1, [4000])]
    (line,) = lines
    assert line.startswith("sensor 1 (Chip): temperature: RuntimeError('CRC mismatch'"), line
    bus.values["humidity"] = OSError(19)
    bus.values["temperature"] = OSError(19)
    assert sampled(bus, channels=BOTH) == (["sensor 1 (Chip): no answer"], [])
    lines, rows = sampled(Bus(), driver="support.sensors.odd_chip:Broken", channels=BOTH)
    assert rows == [] and lines[0].startswith("sensor 1 (Chip): RuntimeError('not a chip"), lines
    lines, _ = sampled(Bus(), driver="support.sensors.odd_chip:Gone", channels=BOTH)
    assert "Gone" in lines[0], lines
    lines, _ = sampled(Bus(), driver="no_chip:Chip", channels=BOTH)
    assert "ImportError" in lines[0] or "ModuleNotFoundError" in lines[0], lines
    bus = Bus(temperature=None, humidity=float("nan"))
    lines, rows = sampled(bus, channels=BOTH)
    assert rows == [] and len(lines) == 2 and "None is not a number" in lines[1], lines
