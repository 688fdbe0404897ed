"""The sensor chips that tables describe: their bytes, their logs and their refusals."""

import struct

import pytest
from support.sensors.chip_wires import (
    BUSY_BITS,
    CRC_OF,
    DECODED,
    MEASUREMENT_SPECIALTIES,
    READS,
    READY_BITS,
    REFUSING,
    SENSIRION,
    START_US,
    STEPS,
    TRIGGERED,
    Wires,
    crc_places,
    words,
)
from wherry_host.virtual import devices
from wherry_host.virtual.chips.tables import ENODEV
from wherry_host.virtual.weather import Weather

# The weather's 61 days pass in 24 of these spans.
SPREAD_US = 366_000_000
MOMENT_COUNT = 24


@pytest.fixture
def wires(tmp_path, request):
    return Wires(tmp_path, request.param)


def over(*kinds):
    return pytest.mark.parametrize(
        "wires, kind", [(each, each) for each in kinds], indirect=["wires"]
    )


def test_a_crc_agrees_with_the_datasheets():
    assert SENSIRION.word(0xBEEF)[2] == 0x92
    assert MEASUREMENT_SPECIALTIES.word(0x683A)[2] == 0x7C
    assert MEASUREMENT_SPECIALTIES.word(0x4E85)[2] == 0x6B


@over(*READS)
def test_the_bytes_agree_with_the_truth_and_the_truth_with_the_weather(wires, kind):
    for i in range(MOMENT_COUNT):
        wires.now = START_US + i * SPREAD_US
        values = DECODED[kind](wires.measure())
        truth = wires.log("truth")[-len(values) :]
        taken_us = truth[0]["time_us"]
        held = {each["channel"]: each["value"] for each in truth}
        names = [name for name, _ in devices.model_class(kind).CHANNELS]
        assert held.keys() == set(names)
        for name, value, step in zip(names, values, STEPS[kind], strict=True):
            assert value == pytest.approx(held[name], abs=step), name
            assert held[name] == pytest.approx(wires.world.quantity(name, taken_us), abs=step)
        assert wires.log("accesses")[-1]["read_us"] == taken_us
    assert {each["time_us"] for each in wires.log("truth")} == {
        each["read_us"] for each in wires.log("accesses")
    }


@over(*CRC_OF)
def test_each_word_has_its_crc(wires, kind):
    crc, data = CRC_OF[kind], wires.measure()
    places = crc_places(kind, len(data))
    assert places
    for place in places:
        part = data[place + 1 - places.step : place]
        assert crc.of(part) == data[place]


@over(*REFUSING)
def test_a_read_during_a_conversion_is_refused(wires, kind):
    wires.now += wires.start() - 1
    (written, count), *_ = READS[kind][2]
    assert wires.transfer(written, count) == ENODEV
    assert wires.log("accesses") == []
    wires.now += 1
    assert len(wires.transfer(written, count)) == count


@over(*BUSY_BITS)
def test_a_chip_that_answers_during_a_conversion_reports_it(wires, kind):
    flag, level = BUSY_BITS[kind]
    wires.now += wires.start() - 1
    assert wires.fetch()[0] & flag == level
    assert wires.log("accesses") == []
    wires.now += 1
    assert wires.fetch()[0] & flag == 0


@over(*READY_BITS)
def test_a_chip_says_when_a_result_is_ready(wires, kind):
    place, flag = READY_BITS[kind]
    wires.now += wires.start() - 1
    assert wires.fetch()[place] & flag == 0
    assert wires.log("accesses") == []
    wires.now += 1
    assert wires.fetch()[place] & flag


def test_fetched_data_of_an_hs3003_are_stale(tmp_path):
    wires = Wires(tmp_path, "hs3003")
    fresh, stale = wires.measure(), wires.fetch()
    assert stale == bytes((fresh[0] | 0x40,)) + fresh[1:]


# Kind, a write that changes a setting, the read that shows it, value; reset, its duration in us,
# new value.
RESETS = [
    ("aht20", b"\xbe\x08\x00", b"", 0x18, b"\xba", 20_000, 0x10),
    ("si7021", b"\xe6\xff", b"\xe7", 0xBF, b"\xfe", 15_000, 0x3A),
    ("sht3x", b"\x30\x6d", b"\xf3\x2d", 0xA0, b"\x30\xa2", 1_500, 0x80),
    ("htu31d", b"\x04", b"\x08", 1, b"\x1e", 15_000, 0),
    ("hdc1080", b"\x02\x05\x00", b"\x02", 0x05, b"\x02\x80\x00", 15_000, 0x10),
    ("tmp117", b"\x01\x0e\x20", b"\x01", 0x0E, b"\x01\x00\x02", 2_000, 0x02),
]


@pytest.mark.parametrize(
    "wires, write, read, changed, reset, busy_us, first", RESETS, indirect=["wires"]
)
def test_a_reset_restores_the_initial_settings(wires, write, read, changed, reset, busy_us, first):
    wires.transfer(write)
    wires.now += 10_000
    assert wires.transfer(read, 1)[0] == changed
    wires.transfer(reset)
    wires.now += busy_us - 1
    assert wires.transfer(read, 1) == ENODEV
    wires.now += 1
    assert wires.transfer(read, 1)[0] == first


IDS = [
    ("si7021", b"\xfc\xc9", b"\x15"),
    ("si7021", b"\x84\xb8", b"\x20"),
    ("hdc1080", b"\xfe", b"\x54\x49"),
    ("hdc1080", b"\xff", b"\x10\x50"),
    ("mcp9808", b"\x06", b"\x00\x54"),
    ("mcp9808", b"\x07", b"\x04\x00"),
    ("mcp9808", b"\x08", b"\x03\xff"),
    ("tmp117", b"\x0f", b"\x01\x17"),
]


@pytest.mark.parametrize("wires, written, found", IDS, indirect=["wires"])
def test_a_chip_has_its_ids(wires, written, found):
    assert wires.transfer(written, len(found)) == found


@over(*TRIGGERED)
def test_a_stuck_chip_stays_busy_and_its_measurement_is_not_read(wires, kind):
    wires.fault = "stuck"
    wires.now += wires.start() * 100
    (written, count), *_ = READS[kind][2]
    read = wires.transfer(written, count)
    if kind in REFUSING:
        assert read == ENODEV
    elif kind in BUSY_BITS:
        assert read[0] & BUSY_BITS[kind][0]
    else:
        assert not read[READY_BITS[kind][0]] & READY_BITS[kind][1]
    (unread,) = [each["unread_us"] for each in wires.log("accesses") if "unread_us" in each]
    assert {each["time_us"] for each in wires.log("truth")} == {unread}


@over("mcp9808", "tmp117")
def test_a_continuous_chip_measures_once_in_a_period(wires, kind):
    period_us = READS[kind][1]
    for passed_us in (0, 1000, period_us, period_us + 1000):
        wires.now = START_US + passed_us
        wires.fetch()
    assert len(wires.log("truth")) == 2
    wires.fault = "stuck"
    wires.now += period_us
    assert wires.fetch() == wires.fetch() and len(wires.log("truth")) == 2


def test_a_tmp117_has_no_result_until_its_first_conversion_ends(tmp_path):
    wires = Wires(tmp_path, "tmp117")
    wires.transfer(b"\x01\x00\x02")
    wires.now += 2_000 + 8 * 15_500 - 1
    assert wires.transfer(b"\x01", 2) == b"\x02\x20" and wires.fetch() == b"\x80\x00"
    wires.now += 1
    assert [wires.transfer(b"\x01", 2)[0] for _ in range(2)] == [0x22, 0x02]
    assert wires.fetch() != b"\x80\x00"


def test_an_mcp9808_compares_with_its_limits(tmp_path):
    wires = Wires(tmp_path, "mcp9808")
    flags = []
    for celsius in (-20, 60):
        for register in (2, 3, 4):
            wires.transfer(struct.pack(">BH", register, celsius * 16 & 0x1FFF))
        flags.append(wires.fetch()[0] >> 5)
    assert flags == [0b110, 0b001]


def test_an_unknown_command_and_an_answer_read_twice_are_refused(tmp_path):
    wires = Wires(tmp_path, "sht4x")
    assert wires.transfer(b"\x77") == ENODEV
    assert len(wires.measure()) == 6 and wires.transfer(b"", 6) == ENODEV


def test_a_bh1750_with_a_longer_measurement_time_counts_more(tmp_path):
    wires = Wires(tmp_path, "bh1750")
    wires.world.quantity = lambda *_: 1000
    assert words(wires.measure(), 0) == 1200
    # 69 becomes 138.
    wires.transfer(b"\x44")
    wires.transfer(b"\x6a")
    wires.now += wires.start()
    assert wires.transfer(b"", 2) == ENODEV
    wires.now += 180_000
    assert words(wires.fetch(), 0) == 2400


def test_a_ds3231_keeps_its_last_temperature_during_a_conversion(tmp_path):
    wires = Wires(tmp_path, "ds3231")
    first = wires.measure()[3:]
    wires.world.quantity = lambda *_: -10.25
    wires.now += wires.start() - 1
    # A second command is ignored.
    wires.start()
    assert wires.transfer(b"\x0f", 1)[0] & 0x04 and wires.transfer(b"\x11", 2) == first
    wires.now += 1
    assert wires.transfer(b"\x11", 2) == b"\xf5\xc0" and wires.transfer(b"\x0e", 1) == b"\x1c"


def test_the_light_depends_on_the_time_of_day():
    # The trace begins at midnight; an hour of it passes in a second.
    light = [Weather(3600).illuminance(hour * 1_000_000) for hour in range(24)]
    assert light[:7] + light[18:] == pytest.approx([0] * 13, abs=1e-6)
    assert light[9::3][:3] == pytest.approx([35_355.3, 50_000, 35_355.3], abs=0.1)
