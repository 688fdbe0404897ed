"""The battery, host and LIS3DH drivers: their bus transfers, and each bound of a value."""

import struct

from support.node.check import raises
from support.sensors.bus import Bus, Ports
from wherry.sensors import battery, host, lis3dh
from wherry.sensors.battery import trimmed_mean


class Traced(Bus):
    """A device whose reads are logged as (register, size); `fails_at` counts down to a failure."""

    def __init__(self, address):
        super().__init__(address)
        self.reads = []
        self.fails_at = -1

    def readfrom_mem(self, address, register, size):
        self.fails_at -= 1
        if self.fails_at == 0:
            raise OSError(19)
        self.reads.append((register, size))
        return super().readfrom_mem(address, register, size)


# Battery


def test_the_mean_omits_the_two_extremes_at_each_end_and_is_rounded_half_up():
    for samples, expected in (
        ([1, 1, 1, 1, 1, 1, 1, 1], 1), ([0, 0, 10, 10, 10, 10, 99, 99], 10),
        ([9, 9, 1, 2, 2, 2, 0, 0], 2), ([0, 0, 1, 1, 1, 2, 9, 9], 1),
        ([0, 0, 1, 1, 2, 2, 9, 9], 2), ([0, 0, 1, 2, 2, 2, 9, 9], 2),
        ([0, 0, 0, 0, 0, 1, 9, 9], 0), ([0, 0, 0, 0, 1, 1, 9, 9], 1),
        ([-9, -9, -1, -1, -1, -1, 0, 0], -1), ([0, 0, 3, 5, 8, 99], 4), ([0, 0, 3, 4, 8, 99], 4),
        ([5, 5, 7, 8, 8], 7), ([10, 20, 1, 2, 3, 4, 5], 4),
    ):  # fmt: skip
        assert trimmed_mean(samples) == expected, samples
        assert trimmed_mean(samples[::-1]) == expected, samples


def test_a_battery_has_a_positive_voltage_of_eight_samples():
    for mv in (1, 2, 3700):
        ports = Ports(None, [mv] * 9)
        assert battery.Sensor({}, ports).read() == [(0, mv)]
        assert len(ports.samples_mv) == 1
    for mv in (0, -1):
        error = raises(OSError, battery.Sensor({}, Ports(None, [mv] * 8)).read)
        assert str(error) == "%d mV, the pin is not connected" % mv
    assert battery.OPTIONS == {} and battery.CHANNELS == (("battery_voltage", "V", 3),)


# Host


def host_bus(data):
    bus = Traced(0x48)
    bus.put(0, b"\x57")
    bus.put(4, data)
    return bus


def test_the_host_driver_makes_only_the_necessary_transfers():
    bus = host_bus(struct.pack("<HhI", 1, 2, 3072))
    sensor = host.Sensor({"bus": "i2c0", "address": 0x48}, Ports(bus))
    for _ in range(2):
        del bus.reads[:], bus.written[:]
        assert sensor.start(False) == 20
        assert bus.reads == [(0, 1)] and bus.written == [(1, b"\1")]
        assert sensor.read() == [(0, 1), (1, 2), (2, 30)]
        assert bus.reads[1:] == [(2, 1), (4, 8)]
    for status in (0, 1, 2, 3, 0xFE, 0xFF):
        bus.put(2, bytes((status,)))
        if status & 1:
            assert str(raises(OSError, sensor.read)) == "not ready", status
        else:
            assert len(sensor.read()) == 3, status
    bus.put(0, b"\x58")
    assert str(raises(OSError, sensor.start, False)) == "id 0x58 is not 0x57"
    assert len(bus.written) == 1


def test_values_of_the_host_at_their_bounds():
    for kib, tenths in (
        (0, 0), (51, 0), (52, 1), (102, 1), (153, 1), (154, 2), (256, 3), (1023, 10),
        (1024, 10), (1075, 10),
        (1076, 11), (4_194_304, 40960), (0xFFFFFFFF, 41943040),
    ):  # fmt: skip
        assert host.decode(struct.pack("<HhI", 1, 2, kib))[2] == (2, tenths), kib
    for temperature in (-32767, -1, 0, 32767):
        data = struct.pack("<HhI", 65535, temperature, 1024)
        assert host.decode(data) == [(0, 65535), (1, temperature), (2, 10)]
    assert host.decode(struct.pack("<HhI", 7, -32768, 1024)) == [(0, 7), (2, 10)]
    # Data is missing only if all bytes are equal.
    for data in (b"\0" * 7 + b"\1", b"\1" + b"\0" * 7, b"\xff" * 7 + b"\0", b"\0" + b"\xff" * 7):
        sensor = host.Sensor({"bus": "i2c0", "address": 0x48}, Ports(host_bus(data)))
        assert sensor.read() == host.decode(data), data
    assert host.OPTIONS == {"bus": ("bus", "i2c0"), "address": ("int", 0x48, 0x48, 0x48)}
    assert host.CHANNELS == (
        ("load", "", 2),
        ("cpu_temperature", "°C", 2),
        ("free_memory", "MiB", 1),
    )


# LIS3DH


def lis3dh_of(rate_hz=10, range_g=2):
    bus = Traced(0x18)
    bus.put(0x0F, b"\x33")
    bus.put(0x2E, b"\x80")
    bus.put(0xAE, b"\x80\x00")
    options = {"bus": "i2c0", "address": 0x18, "rate_hz": rate_hz, "range_g": range_g}
    return lis3dh.Sensor(options, Ports(bus)), bus


def test_each_rate_and_range_matches_the_data_sheet():
    for rate_hz, bits, period_us in (
        (1, 0x10, 1_000_000), (10, 0x20, 100_000), (25, 0x30, 40_000), (50, 0x40, 20_000),
        (100, 0x50, 10_000),
    ):  # fmt: skip
        for range_g, control, mg in ((2, 0x88, 1), (4, 0x98, 2), (8, 0xA8, 4), (16, 0xB8, 12)):
            sensor, bus = lis3dh_of(rate_hz, range_g)
            assert (sensor.period_us, sensor.depth, sensor.settling) == (period_us, 32, 7)
            sensor.start()
            assert bus.reads == [(0x0F, 1)]
            assert bus.written == [
                (0x20, b"\0"), (0x23, bytes((control,))), (0x24, b"\x40"), (0x2E, b"\0"),
                (0x2E, b"\x80"), (0x20, bytes((bits | 7,))),
            ]  # fmt: skip
            bus.put(0xAF, b"\x01")
            bus.put(0xA8, struct.pack("<hhh", 16, -16, 32752))
            assert sensor.waiting() == 1
            assert sensor.read() == [[mg, -mg, 2047 * mg]], range_g


def test_the_fifo_reports_its_count_and_overrun():
    sensor, bus = lis3dh_of()
    for source, count in (
        (0x00, 0), (0x01, 1), (0x1F, 31), (0x20, 0), (0x30, 16), (0x80, 0), (0x9F, 31), (0x40, 32),
        (0x5F, 32), (0xDF, 32), (0xBF, 31),
    ):  # fmt: skip
        del bus.reads[:]
        bus.put(0xAF, bytes((source,)))
        assert sensor.waiting() == count, hex(source)
        assert bus.reads == [(0xAE, 2)]
        assert sensor.read() == [[0, 0, 0]] * count
        assert bus.reads[1:] == [(0xA8, 6)] * count, hex(source)
    for control in (0x00, 0x7F, 0x81, 0xC0, 0x40, 0xFF):
        bus.put(0xAE, bytes((control,)))
        assert str(raises(OSError, sensor.waiting)) == "was reset", control


def test_samples_read_before_a_bus_failure_are_kept():
    for fails_at in range(1, 6):
        sensor, bus = lis3dh_of()
        bus.put(0xAF, b"\x04")
        sensor.waiting()
        bus.fails_at = fails_at
        if fails_at == 1:
            raises(OSError, sensor.read)
        else:
            assert sensor.read() == [[0, 0, 0]] * min(fails_at - 1, 4), fails_at
    # The upper twelve bits of each axis are the value, and the lower four bits must be 0.
    for axis in range(3):
        for bit in range(16):
            data = bytearray(6)
            data[2 * axis + bit // 8] = 1 << bit % 8
            if bit < 4:
                assert str(raises(OSError, lis3dh.decode, data, 1)) == "no data", (axis, bit)
            else:
                expected = [0, 0, 0]
                expected[axis] = 1 << bit - 4 if bit < 15 else -2048
                assert lis3dh.decode(data, 1) == expected, (axis, bit)


def test_options_and_channels_of_the_lis3dh():
    assert lis3dh.OPTIONS == {
        "bus": ("bus", "i2c0"), "address": ("int", 0x18, 0x18, 0x19),
        "rate_hz": ("choice", 10, 1, 10, 25, 50, 100), "range_g": ("choice", 2, 2, 4, 8, 16),
    }  # fmt: skip
    channels = tuple([("acceleration_" + axis, "g", 3) for axis in "xyz"])
    assert channels == lis3dh.CHANNELS
