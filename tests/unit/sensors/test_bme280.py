"""The BME280 driver against the data sheet's own integer formulas, and at its bounds."""

import random

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
from wherry.sensors import bme280


def temperature(tp, raw):
    """Return (t_fine, 0.01 degrees C): BME280_compensate_T_int32 of BST-BME280-DS002, 4.2.3."""
    t1, t2, t3 = tp[:3]
    var1 = (((raw >> 3) - (t1 << 1)) * t2) >> 11
    var2 = (((((raw >> 4) - t1) * ((raw >> 4) - t1)) >> 12) * t3) >> 14
    t_fine = var1 + var2
    return t_fine, (t_fine * 5 + 128) >> 8


def pressure(tp, raw, t_fine):
    """Return 1/256 Pa: BME280_compensate_P_int64."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9 = tp[3:]
    var1 = t_fine - 128000
    var2 = var1 * var1 * p6
    var2 = var2 + ((var1 * p5) << 17)
    var2 = var2 + (p4 << 35)
    var1 = ((var1 * var1 * p3) >> 8) + ((var1 * p2) << 12)
    var1 = (((1 << 47) + var1) * p1) >> 33
    if var1 == 0:
        return 0
    p = 1048576 - raw
    p = (((p << 31) - var2) * 3125) // var1
    var1 = (p9 * (p >> 13) * (p >> 13)) >> 25
    var2 = (p8 * p) >> 19
    return ((p + var1 + var2) >> 8) + (p7 << 4)


def humidity(h, raw, t_fine):
    """Return 1/1024 %: BME280_compensate_H_int32."""
    h1, h2, h3, h4, h5, h6 = h
    x = t_fine - 76800
    first = (((raw << 14) - (h4 << 20) - (h5 * x)) + 16384) >> 15
    second = (((((x * h6) >> 10) * (((x * h3) >> 11) + 32768)) >> 10) + 2097152) * h2
    x = first * ((second + 8192) >> 14)
    x = x - (((((x >> 15) * (x >> 15)) >> 7) * h1) >> 4)
    x = 0 if x < 0 else x
    return (419430400 if x > 419430400 else x) >> 12


def expected(tp, h, raw_t, raw_p, raw_h):
    """Return the three values, rounded half up."""
    t_fine, celsius_100 = temperature(tp, raw_t)
    percent_100 = (2 * humidity(h, raw_h, t_fine) * 100 + 1024) // 2048
    pa = (2 * pressure(tp, raw_p, t_fine) + 256) // 512
    return [(0, celsius_100), (1, percent_100), (2, pa)]


def chip(rng):
    """Return trimming values (T and P, and H) that a real chip may have."""
    tp = [n + rng(-20, 20) * (abs(n) // 500) for n in TP]
    tp[11] += rng(-3000, 3000)
    tp[10] += rng(-9, 9)
    tp[9] += rng(-300, 300)
    return tuple(tp), (rng(0, 255), rng(250, 450), rng(0, 255), rng(200, 500), rng(-200, 200),
                       rng(-128, 127))  # fmt: skip


def test_every_value_equals_the_data_sheets_integers():
    seed = random.getrandbits(30)
    print("seed", seed)
    random.seed(seed)
    in_range = 0
    percents = set()
    for count in range(600):
        tp, h = chip(random.randint)
        raw = (random.randint(340000, 700000), random.randint(200000, 650000),
               random.randint(5000, 60000))  # fmt: skip
        values = expected(tp, h, *raw)
        in_range_now = -4000 <= values[0][1] <= 8500 and 30000 <= values[2][1] <= 110000
        try:
            found = bme280.decode(tp + h, data_octets(*raw))
        except OSError as error:
            assert not in_range_now, (seed, count, error)
            reported = "%d in 0.01 C, %d Pa are out of range" % (values[0][1], values[2][1])
            assert str(error) == reported, (seed, count)
            continue
        assert in_range_now and found == values, (seed, count, found, values)
        in_range += 1
        percents.add(found[1][1])
    assert in_range > 150 and {0, 10000} < percents and len(percents) > 80, (in_range, percents)


def last_read(decode, inside, outside):
    """Return (the last raw value in range, decoded, and the error for the value after it)."""
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        try:
            decode(middle)
            inside = middle
        except OSError:
            outside = middle
    return decode(inside), str(raises(OSError, decode, outside))


def test_the_range_of_the_chip_ends_where_its_data_sheet_says():
    def of_t(raw):
        return bme280.decode(TP + H, data_octets(raw, RAW_P, RAW_H))

    def of_p(raw):
        return bme280.decode(TP + H, data_octets(RAW_T, raw, RAW_H))

    for raw, bound, beyond in ((300000, -4000, -4001), (800000, 8500, 8501)):
        values, reported = last_read(of_t, RAW_T, raw)
        assert values[0] == (0, bound) and reported.startswith("%d in 0.01 C" % beyond), reported
    for raw, bound, beyond in ((200000, 110000, 110001), (900000, 30000, 29999)):
        values, reported = last_read(of_p, RAW_P, raw)
        assert values[2] == (2, bound) and "%d Pa are" % beyond in reported, reported


def test_a_gain_of_zero_gives_no_pressure():
    # p2 cancels the first term, so that the divisor is 1, 0 and -1.
    for x, p1, divisor in ((-1048600, 1, 0), (-1048540, 1, 1), (-1048612, 1, -1)):
        numbers = (0, 0, 0, p1, 32767, 0, 0, 0, 0, 0, 0, 0)
        assert ((1 << 47) + (x * 32767 << 12)) * p1 >> 33 == divisor, x
        found = bme280._pressure(numbers, RAW_P, x + 128000)
        reported = (2 * pressure(numbers, RAW_P, x + 128000) + 256) // 512
        assert found == (reported if divisor > 0 else 0), (divisor, found)


def test_two_values_equal_to_those_of_skipped_measurements_are_not_a_reading():
    skipped = (0x80000, 0x80000, 0x8000)
    for which in range(8):
        raw = [skipped[i] if which >> i & 1 else (RAW_T, RAW_P, RAW_H)[i] for i in range(3)]
        if which in (0, 1, 2, 4):
            assert bme280.decode(TP + H, data_octets(*raw)) == expected(TP, H, *raw), which
        else:
            error = raises(OSError, bme280.decode, TP + H, data_octets(*raw))
            assert str(error) == "nothing was measured", which


class Traced(Bus):
    """A chip whose reads are logged as (register, size)."""

    def __init__(self):
        super().__init__(0x76)
        self.reads = []
        first, second = trimming_octets(TP, H)
        for register, octets in (
            (0xD0, b"\x60"), (0x88, first), (0xE1, second),
            (0xF7, data_octets(RAW_T, RAW_P, RAW_H)),
        ):  # fmt: skip
            self.put(register, octets)

    def readfrom_mem(self, address, register, size):
        self.reads.append((register, size))
        return super().readfrom_mem(address, register, size)


def test_the_driver_makes_only_the_necessary_transfers():
    bus = Traced()
    sensor = bme280.Sensor({"bus": "i2c0", "address": 0x76}, Ports(bus))
    assert sensor.start(True) == 10
    assert bus.reads == [(0xD0, 1), (0xF3, 1), (0x88, 26), (0xE1, 7)]
    values = sensor.read()
    assert values == expected(TP, H, RAW_T, RAW_P, RAW_H)
    assert bus.reads[4:] == [(0xF3, 1), (0xF7, 8)]
    written = [(0xF2, b"\1"), (0xF5, b"\0"), (0xF4, b"\x25")]
    assert sensor.start(False) == 10 and bus.reads[6:] == [] and bus.written == written * 2
    assert sensor.read() == values


def test_two_status_bits_mean_busy():
    for status in (0, 1, 2, 4, 8, 16, 32, 64, 128, 9, 0xF6, 0xFF):
        bus = Traced()
        sensor = bme280.Sensor({"bus": "i2c0", "address": 0x76}, Ports(bus))
        is_busy = status in (1, 8, 9, 0xFF)
        bus.put(0xF3, bytes((status,)))
        if is_busy:
            error = raises(OSError, sensor.start, True)
            assert str(error) == "not ready" and not bus.written, status
            bus.put(0xF3, b"\0")
            sensor.start(True)
            bus.put(0xF3, bytes((status,)))
            assert str(raises(OSError, sensor.read)) == "not ready", status
        else:
            sensor.start(True)
            assert len(sensor.read()) == 3, status


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


def test_bme280_signed_trimming():
    h = (255, -32768, 0, -2048, -1, -128)
    assert bme280.trimming(*trimming_octets(TP, h))[12:] == h
    h = (0, 32767, 255, 2047, 2047, 127)
    assert bme280.trimming(*trimming_octets(TP, h))[12:] == h


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
