"""Drivers for sensors on single pins: the values of frozen drivers, and withheld values."""

from support.config.changed_config import changed
from support.node.check import raises
from wherry.config.check import ConfigError, check
from wherry.sensors import analog, chip, contact, dht, ds18b20, hcsr04, pulse


class Board:
    """A board whose pins lead to one device."""

    def __init__(self, device, celsius=0):
        self.device = device
        self.chip_celsius = lambda: celsius

    def pins(self):
        return self

    def adc(self, number):
        return self.device

    dht = ds18x20 = adc

    def pulses(self, number, debounce_ms, at_once_ms, is_level=False):
        return self.device

    def echo_us(self, trigger, echo, timeout_us):
        assert (trigger, echo) == (18, 19)
        return min(self.device, timeout_us)


class Dht:
    """A frozen DHT driver; each of `answers` is the bytes of the next answer, or an exception."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.buf = bytearray(5)

    def measure(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        self.buf[:] = answer


def dht_readings(*answers, model="dht22"):
    sensor = dht.Sensor({"pin": 4, "model": model}, Board(Dht(*answers)))
    assert sensor.start(True) == 2000
    return sensor.read()


def test_a_dht_is_read_twice_for_a_reading():
    old, new = b"\x01\x00\x00\x10\x11", b"\x02\x92\x01\x0d\xa2"
    assert dht_readings(old, new) == [(0, 269), (1, 658)]
    # The first answer is ignored, even if its checksum is wrong.
    assert dht_readings(Exception("checksum error"), new) == [(0, 269), (1, 658)]


def test_temperatures_below_zero_have_a_sign_bit():
    assert dht.decode(b"\x01\xf4\x80\x65\xda", False) == [(0, -101), (1, 500)]
    assert dht.decode(b"\x2d\x00\x05\x83\xb5", True) == [(0, -53), (1, 450)]
    assert dht.decode(b"\x37\x05\x18\x04\x58", True) == [(0, 244), (1, 555)]


def test_a_dht_without_a_valid_answer_has_no_reading():
    for answers, reason in (
        ((OSError(116),), "no answer"),
        ((bytes(5), OSError(110)), "no answer"),
        ((bytes(5), Exception("checksum error")), "wrong checksum"),
        ((bytes(5), bytes(5)), "no data"),
    ):
        assert str(raises(OSError, dht_readings, *answers)) == reason
    # One model configured as the other.
    assert dht.decode(b"\x2d\x00\x18\x00\x45", False)[1] == (1, "humidity: out of range")
    assert dht.decode(b"\x00\x64\x7f\xff\xe2", False)[0] == (0, "temperature: out of range")


ROM = b"\x28\xff\x64\x1e\x82\x16\x04\xd3"


class Wire:
    """The frozen onewire.OneWire and ds18x20.DS18X20 of a bus with these chips."""

    def __init__(self, scratch, roms=(ROM,), is_done=1):
        self.ow = self
        self.readbit = lambda: is_done
        self.scratch = scratch
        self.roms = roms
        self.log = []

    def reset(self):
        return bool(self.roms)

    def scan(self):
        return [bytearray(rom) for rom in self.roms]

    def select_rom(self, rom):
        self.log.append(bytes(rom))

    def writebyte(self, value):
        self.log.append(value)

    def read_scratch(self, rom):
        if isinstance(self.scratch, Exception):
            raise self.scratch
        return bytearray(self.scratch)


def scratch(raw, rest=8, config=0x7F):
    return bytes((raw & 255, raw >> 8 & 255, 0x4B, 0x46, config, 0xFF, rest, 0x10, 0))


def ds18b20_sensor(wire, rom=None):
    return ds18b20.Sensor({"pin": 4, "rom": rom}, Board(wire))


def test_the_examples_of_the_ds18b20_data_sheet():
    for raw, value in (
        (0x07D0, 12500), (0x0550, 8500), (0x0191, 2506), (0x00A2, 1013), (0x0008, 50), (0, 0),
        (0xFFF8, -50), (0xFF5E, -1012), (0xFE6F, -2506), (0xFC90, -5500),
    ):  # fmt: skip
        assert ds18b20.decode(scratch(raw)) == [(0, value)], raw
    assert ds18b20.decode(scratch(0x0550, 0x0C)) == [(0, "85 °C, the value after power-on")]
    assert ds18b20.decode(scratch(0x07D1)) == [(0, "temperature: out of range")]


def test_a_ds18b20_converts_for_as_long_as_its_resolution_takes():
    for config, wait_ms in ((0x1F, 94), (0x3F, 188), (0x5F, 376), (0x7F, 752)):
        wire = Wire(scratch(0x0191, config=config))
        sensor = ds18b20_sensor(wire)
        assert sensor.start(True) == wait_ms
        assert wire.log == [ROM, 0x44]
        assert sensor.read() == [(0, 2506)]
    wire.roms = ()
    assert str(raises(OSError, sensor.start, False)) == "no answer"


def test_a_ds18b20_is_found_if_it_is_the_only_one_or_has_a_rom():
    other = b"\x28" + bytes(7)
    wire = Wire(scratch(0), (ROM, other, b"\x01" + bytes(7)))
    error = str(raises(OSError, ds18b20_sensor(wire).start, True))
    assert error == "2 sensors, give rom: 28ff641e821604d3, 2800000000000000"
    ds18b20_sensor(wire, "28FF641E821604D3").start(True)
    assert wire.log[0] == ROM
    assert str(raises(OSError, ds18b20_sensor(Wire(scratch(0), ())).start, True)) == "no answer"


def test_a_ds18b20_without_a_valid_scratchpad_has_no_reading():
    for answer, reason in (
        (Exception("CRC error"), "wrong CRC"),
        (RuntimeError(), "no answer"),
        (bytes(9), "no data"),
        (b"\xff" * 9, "no data"),
    ):
        assert str(raises(OSError, ds18b20_sensor(Wire(answer)).read)) == reason


def test_a_ds18b20_that_still_converts_has_no_reading():
    busy = Wire(scratch(0x0191), is_done=0)
    assert str(raises(OSError, ds18b20_sensor(busy).read)) == "not ready"
    # The answer of a pin with several sensors may be another sensor's.
    assert ds18b20_sensor(busy, "28FF641E821604D3").read() == [(0, 2506)]
    # A wire that is held low is not a sensor that converts.
    assert str(raises(OSError, ds18b20_sensor(Wire(bytes(9), is_done=0)).read)) == "no data"


class Adc:
    """An ADC with these voltages in microvolts."""

    def __init__(self, *samples_uv, code=4000):
        self.samples_uv = list(samples_uv)
        self.code = code

    def read_u16(self):
        return self.code

    def read_uv(self):
        return self.samples_uv.pop(0)


def test_an_analog_pin_has_the_mean_of_eight_samples():
    samples = (1_500_000, 1_501_999, 1_502_000, 1_503_000, 0, 0, 3_000_000, 3_000_000)
    sensor = analog.Sensor({"pin": 35}, Board(Adc(*samples)))
    assert sensor.start(True) == 0
    # The mean is that of 1500, 1501, 1502 and 1503 mV.
    assert sensor.read() == [(0, 1502)]
    full = analog.Sensor({"pin": 35}, Board(Adc(*[0] * 8, code=65535)))
    assert str(raises(OSError, full.read)) == "saturated"


def distance(us, air_c=20):
    options = {"trigger": 18, "echo": 19, "air_c": air_c}
    sensor = hcsr04.Sensor(options, Board(us))
    assert sensor.start(True) == 0
    return sensor.read()


def test_a_distance_is_half_the_path_of_the_sound():
    # At 20 °C sound travels 343.42 m in a second, at 0 °C 331.3 m.
    assert distance(5824) == [(0, 1000)] and distance(6037, 0) == [(0, 1000)]
    assert distance(118) == [(0, 20)] and distance(23_294) == [(0, 4000)]
    for us in (0, 110, 23_300):
        assert distance(us) == [(0, "distance: out of range")], us
    assert str(raises(OSError, distance, -2)) == "no answer"
    assert str(raises(OSError, distance, -1)) == "no echo"


class Counts:
    """The counter of a pin; `taken` has the results of the next calls of `take`."""

    rest = follow = None
    is_open = False

    def __init__(self, *taken):
        self.taken = list(taken)

    def take(self):
        return self.taken.pop(0)

    def is_closed(self):
        return not self.is_open


def test_pulses_are_counted_since_the_last_reading_and_in_total():
    counts = Counts((7, 7), (12, 5), ((1 << 30) + 3, 4))
    sensor = pulse.Sensor({"pin": 4, "debounce_ms": 50, "at_once_ms": None}, Board(counts))
    assert sensor.start(True) == 0
    assert sensor.read() == [(0, 7), (1, 7)]
    assert sensor.read() == [(0, 5), (1, 12)]
    # The total wraps to 0 after the largest value that a row can have.
    assert sensor.read() == [(0, 4), (1, 3)]


def test_a_contact_is_closed_or_open():
    counts = Counts((7, 7), (9, 2))
    sensor = contact.Sensor({"pin": 4, "debounce_ms": 50, "at_once_ms": 5000}, Board(counts))
    assert sensor.start(True) == 0 and sensor.read() == [(0, 1), (1, 7)]
    counts.is_open = True
    assert sensor.read() == [(0, 0), (1, 2)]


def test_the_number_of_pulse_counters_is_limited():
    def checked(source, count):
        raw = changed("power", {"source": source})
        raw["sensor"] = [
            {"driver": "pulse", "pin": 4 + i, "prefix": "p%d_" % i} for i in range(count)
        ]
        return check(raw, "esp32", ("pulse",))["sensor"]

    assert [each["debounce_ms"] for each in checked("mains", 2)] == [50, 50]
    assert len(checked("battery", 1)) == 1
    for source, count, words in (
        ("mains", 3, '[[sensor]] 3: driver: "pulse" again; remove it: two are the most'),
        ("battery", 2, '[[sensor]] 2: driver: "pulse" again; remove it: one pin wakes the chip'),
    ):
        assert str(raises(ConfigError, checked, source, count)) == words


def test_options_of_sensors_on_pins():
    def section(**options):
        raw = changed("sensor", {})
        raw["sensor"] = [options]
        return check(raw, "esp32", ("dht", "ds18b20"))["sensor"][0]

    assert section(driver="dht", pin=4)["model"] == "dht22"
    assert section(driver="ds18b20", pin=4, rom="28FF641E821604D3")["rom"] == "28FF641E821604D3"
    for options, words in (
        ({"driver": "dht"}, "pin: missing; give a pin's number"),
        ({"driver": "dht", "pin": 4, "model": "dht21"}, 'model: "dht21"; give one of "dht11"'),
        ({"driver": "ds18b20", "pin": 4, "rom": "28FF"}, 'rom: "28FF"; give its 16 hex digits'),
        ({"driver": "ds18b20", "pin": 4, "rom": "28FF641E821604DG"}, "give its 16 hex digits"),
        ({"driver": "analog", "pin": 99}, "pin: 99; give a pin's number"),
    ):
        assert words in str(raises(ConfigError, lambda given=options: section(**given))), words


def test_the_chip_has_a_temperature():
    sensor = chip.Sensor({}, Board(None, -7))
    assert sensor.start(True) == 0 and sensor.read() == [(0, -7)]
