"""The battery, host and LIS3DH drivers, and words with a CRC: transfers, bounds, examples."""

import struct

from support.node.check import raises
from support.sensors.bus import Bus, Ports
from wherry.sampling.words import crc8, humidity, temperature, word
from wherry.sensors import battery, host, lis3dh


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


def test_a_battery_has_a_positive_voltage_of_eight_samples():
    for mv in (1, 2, 3700):
        ports = Ports(None, [mv] * 9)
        assert battery.Sensor({}, ports).read() == [(0, mv)]
        assert len(ports.samples_mv) == 1
    for mv in (0, -1):
        error = raises(OSError, battery.Sensor({}, Ports(None, [mv] * 8)).read)
        assert str(error) == "%d mV, the pin is not connected" % mv


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


def test_host_errors_name_the_reason():
    for register, octets, text in (
        (0, b"\x60", "0x60"), (2, b"\1", "not ready"), (4, b"\xff" * 8, "no data"),
        (4, bytes(8), "no data"),
    ):  # fmt: skip
        data = struct.pack("<HhI", 1, 2, 3072)
        sensor = host.Sensor({"bus": "i2c0", "address": 0x48}, Ports(host_bus(data)))
        sensor.start(True)
        sensor._bus.put(register, octets)
        error = raises(OSError, *((sensor.read,) if register else (sensor.start, False)))
        assert text in str(error), error


def test_values_of_the_host_at_their_bounds():
    for kib, tenths in (
        (0, 0), (51, 0), (52, 1), (102, 1), (153, 1), (154, 2), (256, 3), (1023, 10),
        (1024, 10), (1075, 10),
        (1076, 11), (4_194_304, 40960), (0xFFFFFFFF, 41943040),
    ):  # fmt: skip
        assert host.decode(struct.pack("<HhI", 1, 2, kib))[2] == (2, tenths), kib
    for celsius_100 in (-32767, -1, 0, 32767):
        data = struct.pack("<HhI", 65535, celsius_100, 1024)
        assert host.decode(data) == [(0, 65535), (1, celsius_100), (2, 10)]
    assert host.decode(struct.pack("<HhI", 7, -32768, 1024)) == [(0, 7), (2, 10)]
    # Data is missing only if all bytes are equal.
    for data in (b"\0" * 7 + b"\1", b"\1" + b"\0" * 7, b"\xff" * 7 + b"\0", b"\0" + b"\xff" * 7):
        sensor = host.Sensor({"bus": "i2c0", "address": 0x48}, Ports(host_bus(data)))
        assert sensor.read() == host.decode(data), data


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


def test_the_examples_of_the_application_note_of_the_lis3dh():
    # AN3308, section on acceleration data: 350 mg and 1 g.
    assert lis3dh.decode(b"\xe0\x15\x20\xea\x00\x40", 1) == [350, -350, 1024]
    assert lis3dh.decode(b"\xf0\x7f\x00\x80\x00\x00", 12) == [24564, -24576, 0]
    for data in (b"\xff" * 6, b"\1\0\0\0\0\0", b"\0\0\x08\0\0\0"):
        assert "no data" in str(raises(OSError, lis3dh.decode, data, 1)), data


def test_the_lis3dh_driver_knows_its_chip():
    sensor, bus = lis3dh_of()
    bus.put(0x0F, b"\x32")
    assert str(raises(OSError, sensor.start)) == "chip id 0x32 is not 0x33"


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


def test_the_examples_of_the_datasheets():
    # The examples are from SHT3x-DIS, table 20, and HTU21D(F), "CRC checksum".
    assert crc8(b"\xbe\xef", 0xFF) == 0x92
    for data, crc in ((b"\xdc", 0x79), (b"\x68\x3a", 0x7C), (b"\x4e\x85", 0x6B)):
        assert crc8(data, 0) == crc


def test_a_word_with_a_wrong_crc_is_refused():
    data = b"\x00\xbe\xef\x92"
    assert word(data, 1, 0xFF) == 0xBEEF and word(data, 0, 0xFF) is None
    for place in range(1, 4):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            assert word(flipped, 1, 0xFF) is None, (place, bit)


def test_all_zeros_and_all_ones_are_not_words_of_an_sht():
    assert word(bytes(3), 0, 0xFF) is None and word(b"\xff" * 3, 0, 0xFF) is None


def test_values_outside_the_range_are_withheld():
    # These are the words for -40 and 125 degrees, and the next words outside the range.
    assert temperature(1872, 3500, 13107, -4500) == -4000
    assert temperature(1870, 3500, 13107, -4500) == "temperature: out of range"
    assert temperature(63663, 3500, 13107, -4500) == 12500
    assert temperature(63665, 3500, 13107, -4500) == "temperature: out of range"
    assert humidity(0, 2500, 13107, -600) == 0 and humidity(65535, 2500, 13107, -600) == 10000
    assert temperature(None, 1, 1, 0) == "temperature: wrong CRC"
    assert humidity(None, 1, 1, 0) == "humidity: wrong CRC"
