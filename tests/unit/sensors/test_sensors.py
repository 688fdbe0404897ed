"""The drivers, tested with register files, the data sheet's examples and a reference in floats."""

import random
import struct

from support.node.check import raises
from support.sensors.bus import (
    RAW_H,
    RAW_P,
    RAW_T,
    TP,
    Bus,
    H,
    Ports,
    data_octets,
    trimming_octets,
)
from wherry.reading import VALUE_MAX
from wherry.sampling.sampler import Sampler
from wherry.sensors import (
    ads1115,
    aht20,
    battery,
    bh1750,
    bme280,
    bme680,
    ds3231,
    host,
    ina219,
    lis3dh,
    scd4x,
    sht3x,
    sht4x,
    si7021,
    tmp117,
)


def reference(tp, h, raw_t, raw_p, raw_h):
    """Return degrees C, % and Pa, computed by the data sheet's float formulas (appendix 8.1)."""
    t1, t2, t3, p1, p2, p3, p4, p5, p6, p7, p8, p9 = tp
    h1, h2, h3, h4, h5, h6 = h
    above = raw_t / 131072 - t1 / 8192
    fine = above * 8 * t2 + above * above * t3
    x = fine / 2 - 64000
    offset = (x * x * p6 / 32768 + x * p5 * 2) / 4 + p4 * 65536
    gain = (1 + (p3 * x * x / 524288 + p2 * x) / 524288 / 32768) * p1
    pa = (1048576 - raw_p - offset / 4096) * 6250 / gain
    pa += (p9 * pa * pa / 2147483648 + pa * p8 / 32768 + p7) / 16
    x = fine - 76800
    slope = h2 / 65536 * (1 + h6 / 67108864 * x * (1 + h3 / 67108864 * x))
    percent = (raw_h - (h4 * 64 + h5 / 16384 * x)) * slope
    percent *= 1 - h1 * percent / 524288
    return fine / 5120, min(max(percent, 0), 100), pa


def bme280_bus(data=None):
    bus = Bus(0x76)
    bus.put(0xD0, b"\x60")
    first, second = trimming_octets(TP, H)
    bus.put(0x88, first)
    bus.put(0xE1, second)
    bus.put(0xF7, data or data_octets(RAW_T, RAW_P, RAW_H))
    return bus


def bme280_sensor(bus, address=0x76):
    return bme280.Sensor({"bus": "i2c0", "address": address}, Ports(bus))


def test_bme280_example_of_the_data_sheet():
    numbers = bme280.trimming(*trimming_octets(TP, H))
    assert numbers == TP + H
    values = bme280.decode(numbers, data_octets(RAW_T, RAW_P, RAW_H))
    # The data sheet says 25.08 C and 100,653.27 Pa.
    assert values[0] == (0, 2508) and values[2] == (2, 100653), values
    assert abs(reference(TP, H, RAW_T, RAW_P, RAW_H)[2] - 100653.27) < 0.02


def test_bme280_signed_trimming():
    h = (255, -32768, 0, -2048, -1, -128)
    assert bme280.trimming(*trimming_octets(TP, h))[12:] == h
    h = (0, 32767, 255, 2047, 2047, 127)
    assert bme280.trimming(*trimming_octets(TP, h))[12:] == h


def test_bme280_agrees_with_the_reference():
    seed = random.getrandbits(30)
    print("seed", seed)
    random.seed(seed)
    in_range = 0
    for count in range(1500):
        # The trimming values of real chips scatter around those of the example.
        tp = tuple([n + random.randrange(-20, 21) * (abs(n) // 1000) for n in TP])
        h = (75, 362 + random.randrange(-9, 10), 0, 324 + random.randrange(-30, 31),
             random.randrange(-50, 51), 30)  # fmt: skip
        raw = (random.randrange(330000, 720000), random.randrange(200000, 700000),
               random.randrange(15000, 50000))  # fmt: skip
        celsius, percent, pa = reference(tp, h, *raw)
        try:
            values = bme280.decode(tp + h, data_octets(*raw))
        except OSError:
            assert not (-39.9 < celsius < 84.9 and 30010 < pa < 109990), (seed, count, celsius, pa)
            continue
        in_range += 1
        assert abs(values[0][1] - celsius * 100) < 1.5, (seed, count, values, celsius)
        assert abs(values[1][1] - percent * 100) < 8, (seed, count, values, percent)
        assert abs(values[2][1] - pa) < 3, (seed, count, values, pa)
    print("1500 measurements,", in_range, "in range")
    assert in_range > 300


def test_bme280_measures_once_per_start():
    bus = bme280_bus()
    sensor = bme280_sensor(bus)
    assert 9 < sensor.start(True) < 20
    assert bus.written == [(0xF2, b"\1"), (0xF5, b"\0"), (0xF4, b"\x25")]
    values = sensor.read()
    assert [i for i, _ in values] == [0, 1, 2]
    assert values[0][1] == 2508
    bus.put(0x88, bytes(26))
    sensor.start(False)
    assert sensor.read() == values, "the trimming is read once"


def test_bme280_errors_name_the_reason_and_it_restarts():
    good = bme280_bus()
    # (register, octets, part of the error, True if start raises it already)
    cases = (
        (0xD0, b"\x57", "0x57", True), (0xD0, b"\xff", "0xff", True), (0xF3, b"\1", "ready", True),
        (0x88, bytes(26), "trimming", True), (0xF3, b"\x08", "not ready", True),
        (0xF7, bytes(8), "no data", False), (0xF7, b"\xff" * 8, "no data", False),
        (0xF7, b"\x80\0\0\x80\0\0\x80\0", "nothing was measured", False),
        (0xF7, data_octets(0x80000, 0x80000, RAW_H), "nothing was measured", False),
        (0xF7, data_octets(RAW_T, 0x1000, RAW_H), "out of range", False),
        (0xF7, data_octets(0xFFFF0, RAW_P, RAW_H), "out of range", False),
    )  # fmt: skip
    for register, octets, text, at_start in cases:
        bus = bme280_bus()
        bus.put(register, octets)
        sensor = bme280_sensor(bus)
        if not at_start:
            sensor.start(True)
        error = raises(OSError, *((sensor.start, True) if at_start else (sensor.read,)))
        assert text in str(error), error
        bus.registers = good.registers
        sensor.start(True)
        assert sensor.read()[0] == (0, 2508)


def test_a_single_value_equal_to_that_of_a_skipped_measurement_is_valid():
    assert bme280.decode(TP + H, data_octets(0x80000, RAW_P, RAW_H))[0] == (0, 2646)
    assert bme280.decode(TP + H, data_octets(RAW_T, RAW_P, 0x8000))[0] == (0, 2508)


def check_random_registers(make_sensor, channel_count, bounds):
    """Check that for random registers a driver returns readings in bounds, or raises OSError."""
    seed = random.getrandbits(30)
    print("seed", seed)
    random.seed(seed)
    readings = 0
    for count in range(1000):
        sensor, bus, ranges = make_sensor()
        for start, end in ranges:
            if random.randrange(2):
                for i in range(start, end):
                    if random.randrange(3):
                        bus.registers[i] = random.choice((0, 255, 128, random.getrandbits(8)))
        try:
            sensor.start(True)
            values = sensor.read()
        except OSError:
            continue
        readings += 1
        indices = [i for i, _ in values]
        assert indices == sorted(set(indices)) and max(indices) < channel_count, (seed, count)
        for i, value in values:
            assert bounds[i][0] <= value <= bounds[i][1], (seed, count, i, value)
    print("1000 register files,", readings, "readings")
    assert readings > 0


def test_bme280_random_registers():
    def make():
        bus = bme280_bus()
        return bme280_sensor(bus), bus, ((0xF7, 0xFF), (0x88, 0xA2), (0xE1, 0xE8), (0xF3, 0xF4))

    check_random_registers(make, 3, ((-4000, 8500), (0, 10000), (30000, 110000)))


def host_bus(load=123, temperature=4567, free_kib=2_000_000):
    bus = Bus(0x48)
    bus.put(0, b"\x57")
    bus.put(4, struct.pack("<HhI", load, temperature, free_kib))
    return bus


def host_sensor(bus):
    return host.Sensor({"bus": "i2c0", "address": 0x48}, Ports(bus))


def test_host_values():
    bus = host_bus()
    sensor = host_sensor(bus)
    assert sensor.start(True) > 0 and bus.written == [(1, b"\1")]
    assert sensor.read() == [(0, 123), (1, 4567), (2, 19531)]
    assert host.decode(struct.pack("<HhI", 65535, -1, 0xFFFFFFFF)) == [
        (0, 65535), (1, -1), (2, 41943040),
    ]  # fmt: skip
    assert host.decode(struct.pack("<HhI", 0, -32768, 1024)) == [(0, 0), (2, 10)]


def test_host_errors_name_the_reason():
    for register, octets, text in (
        (0, b"\x60", "0x60"), (2, b"\1", "not ready"), (4, b"\xff" * 8, "no data"),
        (4, bytes(8), "no data"),
    ):  # fmt: skip
        sensor = host_sensor(host_bus())
        sensor.start(True)
        sensor._bus.put(register, octets)
        error = raises(OSError, *((sensor.read,) if register else (sensor.start, False)))
        assert text in str(error), error


def test_host_random_registers():
    def make():
        bus = host_bus()
        return host_sensor(bus), bus, ((0, 1), (2, 3), (4, 12))

    check_random_registers(make, 3, ((0, 65535), (-32767, 32767), (0, 41943040)))


def test_battery_is_a_trimmed_mean():
    cases = (
        ([3700] * 8, 3700),
        ([3700, 3702, 0, 9999, 3701, 3700, 3702, 1], 3701),
        ([4, 3, 2, 1, 4, 3, 2, 1], 3),
        ([3700, 3700, 3700, 3701, 3700, 3700, 3700, 3701], 3700),
    )
    for samples_mv, expected_mv in cases:
        sensor = battery.Sensor({}, Ports(None, samples_mv))
        assert sensor.start(True) == 0
        assert sensor.read() == [(0, expected_mv)], (samples_mv, expected_mv)
    sensor = battery.Sensor({}, Ports(None, [0] * 8))
    assert "the pin is not connected" in str(raises(OSError, sensor.read))


def test_channels_and_options_are_well_formed():
    for driver in (
        ads1115, aht20, battery, bh1750, bme280, bme680, ds3231, host, ina219, lis3dh, scd4x,
        sht3x, sht4x, si7021, tmp117,
    ):  # fmt: skip
        for name, unit, decimals in driver.CHANNELS:
            assert 0 < len(name) <= 100 and len(unit) < 8 and 0 <= decimals <= 6, name
        for name, option in driver.OPTIONS.items():
            assert option[0] in ("int", "count", "bus", "pin", "choice", "address"), name
            assert option[0] not in ("choice", "address") or option[1] in option[2:], name
            assert option[0] not in ("int", "count") or option[2] <= option[1] <= option[3], name


class Flaky:
    """A sensor with one channel, which may fail to answer."""

    def __init__(self, value=5):
        self.answers = True
        self.value = value

    def start(self, anew):
        return 0

    def read(self):
        if not self.answers:
            raise OSError("no answer")
        return [(0, self.value)]


def test_if_two_sensors_share_a_driver_only_the_failing_one_is_reported():
    lines, dead, alive = [], Flaky(), Flaky()
    sampler = Sampler([("bme280", dead, 1), ("bme280", alive, 1)], lines.append)
    dead.answers = False
    for _ in range(3):
        sampler.sample(lambda: 0, None)
        assert sampler.rows == [(2, [5])]
    assert lines == ["sensor 1 (bme280): no answer"] and sampler.errors == 3
    dead.answers = True
    for _ in range(3):
        sampler.sample(lambda: 0, None)
    assert lines[1:] == [
        "sensor 1 (bme280): responding again after 3 x no answer"
    ] and sampler.rows == [(3, [5, 5])]


def test_a_value_out_of_range_for_rows_is_a_failure_of_its_sensor():
    for value, fits in (
        (VALUE_MAX, True), (-VALUE_MAX, True), (1 << 30, False), (-(1 << 30), False),
    ):  # fmt: skip
        lines = []
        sampler = Sampler([("host", Flaky(value), 1), ("bme280", Flaky(), 1)], lines.append)
        sampler.sample(lambda: 0, None)
        assert sampler.rows == [(3, [value, 5]) if fits else (2, [5])], value
        assert sampler.errors == (not fits) and bool(lines) == (not fits), value
        assert fits or "sensor 1 (host): value %d is out of range" % value in lines[0]
