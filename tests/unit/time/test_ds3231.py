"""A DS3231 as a source of the time: when a node believes it, and when a node sets it."""

from support.node.check import raises
from support.node.chip import TRUE_AT_START, Crash
from support.time.asked_chip import DAY, DEADLINE, MINUTE, AskedChip, error_of, known
from support.time.clock_chip import CONTROL, STATUS, STOPPED, STOPS, ClockChip
from wherry.ready import get_time, make_ready
from wherry.time_sources import ds3231
from wherry.time_sources.recall import recall

START_S = TRUE_AT_START // 1000


def chip_at(s, passed_s=0, uncertainty_ms=0, owner=None):
    """Return a chip that a node set to `s`, in seconds since 2000, and that has run since."""
    chip = ClockChip(owner)
    ds3231.write(chip, ds3231.content_of(s, uncertainty_ms))
    chip.pass_s(passed_s)
    chip.writes = 0
    return chip


def uncertainty_of(node):
    return int.from_bytes(bytes(node.stage.state.busy)[-2:], "big")


def test_the_time_is_in_the_registers_of_the_data_sheet_with_a_day_of_its_own():
    # The first second, the last one of 2029, the end of 30 bits, 2036-02-29, the end of 2099.
    for s, registers in (
        (0, b"\0\0\0\3\1\x81\0"),
        (946_771_199, b"\x59\x59\x23\5\x31\x92\x29"),
        (1 << 30, b"\x04\x37\x13\5\x09\x81\x34"),
        (1_141_217_999, b"\x59\x59\x12\2\x29\x82\x36"),
        (3_155_759_999, b"\x59\x59\x23\1\x31\x92\x99"),
    ):
        chip = chip_at(s, 0, 1_230)
        assert bytes(chip.registers[:7]) == registers, (s, chip.registers[:7])
        assert ds3231.read(chip) == (s, s, 1_300)
    chip = chip_at(946_771_199, 1)
    assert bytes(chip.registers[:7]) == b"\0\0\0\6\1\x81\x30"
    assert ds3231.read(chip) == (946_771_200, 946_771_199, 0)


def test_a_chip_that_is_not_to_be_believed():
    for at, change, reason in (
        (STATUS, STOPPED, "it has stopped"), (STATUS, 0x40, "not a DS3231"),
        (7, 1, "no node has set it"), (11, 1, "no node has set it"), (13, 0x80, "no node has"),
        (5, 0x80, "no node has set it"),
        # A wrong digit, a.m. and p.m., day 0, another day of the week.
        (0, 0x0F, "its time is wrong"), (2, 0x40, "its time is wrong"), (4, 0xFF, "its time is"),
        (3, 1, "its time is wrong"),
    ):  # fmt: skip
        chip = chip_at(START_S)
        chip.registers[at] ^= change
        assert str(raises(OSError, ds3231.read, chip)).startswith(reason), (at, change)
    # The clock is before the time at which it was set.
    mark = bytes(chip_at(START_S + 1).registers[7:14])
    chip = chip_at(START_S)
    chip.registers[7:14] = mark
    assert "its time is wrong" in str(raises(OSError, ds3231.read, chip))


def test_another_program_sets_the_chip():
    chip = chip_at(START_S)
    # To a local time, with a day of the week from Monday or Sunday on, and the century of 2000.
    for week_day in (2, 3):
        chip.registers[:7] = b"\0\0\x12" + bytes((week_day,)) + b"\x15\x11\x26"
        assert "no node has set it" in str(raises(OSError, ds3231.read, chip))


def test_a_node_that_does_not_know_the_time_takes_the_chips():
    made = AskedChip()
    node = made.boot()
    made.time["ds3231"] = chip_at(START_S + 2 - 864_000, 864_000, 1_000)
    recall(node)
    assert node.stage.state.synced and abs(error_of(made)) <= 500
    # Half a second of rounding, what the setting node stated, and 10 ppm of ten days.
    assert made.lines == [
        "time: known, was off by 0 ms", "time: from the DS3231, within 10140 ms",
    ]  # fmt: skip
    assert uncertainty_of(node) == 500 + 1_000 + 8_640
    # Its anchor dates the boot, also after the next loss of power.
    assert node.stage.state.boot in node.clock.anchors


def test_a_node_reports_a_chip_that_it_does_not_believe():
    made = AskedChip()
    node = made.boot()
    node.link.date_min_s = START_S - 90 * 86_400
    lines = []
    for chip, reason in (
        (ClockChip(), "it has stopped"),
        (chip_at(START_S - 100 * 86_400), "its time is wrong"),
        (chip_at(START_S - 70 * 86_400, 70 * 86_400), "it was set too long ago"),
    ):
        made.time["ds3231"] = chip
        recall(node)
        lines.append("time: DS3231: " + reason)
    assert made.lines == lines
    chip.is_absent = True
    recall(node)
    assert made.lines[-1][:14] == "time: DS3231: " and "19" in made.lines[-1]
    assert not node.stage.state.synced


def test_a_chip_before_the_last_known_time_is_not_believed():
    made = known()
    made.cut()
    node = made.boot()
    made.time["ds3231"] = chip_at(START_S - 600)
    recall(node)
    assert made.lines[-1] == "time: DS3231: it is before the last known time"
    assert not node.stage.state.synced


def test_a_chip_that_gives_two_times_is_not_believed():
    made = AskedChip()
    node = made.boot()
    chip = made.time["ds3231"] = chip_at(START_S)
    read = chip.readfrom_mem

    def garbled(*place):
        found = bytearray(read(*place))
        found[2] ^= chip.reads & 1
        chip.reads += 1
        return bytes(found)

    chip.reads, chip.readfrom_mem = 0, garbled
    recall(node)
    assert made.lines == ["time: DS3231: its time is wrong"]


def test_a_time_server_that_does_not_suffice_contradicts_the_chip_or_confirms_it():
    for off_s, is_known in ((3_600, False), (3, True)):
        made = AskedChip(0, None, hosts=("a", "b"), dates=(None,))
        node = made.boot()
        raises(OSError, get_time, node, DEADLINE)
        made.time["ds3231"] = chip_at(made.true_ms // 1000 + off_s)
        recall(node)
        assert node.stage.state.synced == is_known, off_s
    assert "DS3231" in made.lines[-1]


def test_the_next_upload_requests_the_time_that_only_the_chip_has_given():
    made = AskedChip(0)
    node = made.boot()
    chip = made.time["ds3231"] = chip_at(made.true_ms // 1000, 0, 0, made)
    recall(node)
    for _ in range(2):
        make_ready(node, node.ticks(), DEADLINE)
        assert len(made.asked) == 1
        made.pass_ms(MINUTE)
    # Before the chip is too old to be believed, the time is requested, whatever error_max is.
    made.time["error_max_ms"] = 300_000
    made.errors.append(0)
    made.pass_ms(60 * DAY)
    chip.is_absent = True
    make_ready(node, node.ticks(), node.ticks() + DEADLINE)
    assert len(made.asked) == 2


def test_a_time_server_sets_the_chip_at_the_beginning_of_a_second():
    made = AskedChip(0, 0)
    node = made.boot()
    made.pass_ms(345)
    chip = made.time["ds3231"] = ClockChip(made)
    chip.registers[CONTROL] |= STOPS
    get_time(node, DEADLINE)
    s, set_s, uncertainty_ms = ds3231.read(chip)
    assert s == set_s == made.true_ms // 1000 and made.true_ms % 1000 <= 20
    # The answer's uncertainty, and the time by which the second may begin late.
    assert uncertainty_ms == 100
    assert not (chip.registers[CONTROL] & STOPS or chip.registers[STATUS] & STOPPED)
    # It is near: the next answer leaves it.
    writes = chip.writes
    made.pass_ms(400)
    get_time(node, DEADLINE)
    assert chip.writes == writes


def test_a_chip_that_is_off_or_was_set_long_ago_is_set_again():
    for off_s, age_s, is_set in ((0, 60, False), (3, 60, True), (-3, 60, True),
                                 (0, 86_400, False), (0, 2 * 86_400, True)):  # fmt: skip
        made = known(0)
        made.pass_ms(1000)
        true_s = made.true_ms // 1000
        chip = made.time["ds3231"] = chip_at(true_s + off_s - age_s, age_s, 0, made)
        get_time(made.node, DEADLINE)
        assert bool(chip.writes) == is_set, (off_s, age_s)
        assert not is_set or ds3231.read(chip)[0] == made.true_ms // 1000


def test_a_node_that_knows_the_time_badly_does_not_set_the_chip():
    made = known()
    chip = made.time["ds3231"] = ClockChip(made)
    ds3231.keep(made.node, 25_001, None)
    assert not chip.writes
    chip.is_absent = True
    ds3231.keep(made.node, 10, None)
    assert made.lines[-1][:23] == "time: DS3231: not set: " and "19" in made.lines[-1]


def test_another_device_at_the_chips_address_is_not_written():
    made = known()
    chip = made.time["ds3231"] = ClockChip(made)
    chip.registers[STATUS] = 0x70
    ds3231.keep(made.node, 10, None)
    assert not chip.writes
    assert made.lines[-1] == "time: DS3231: not set: not a DS3231"


def test_a_power_cut_leaves_a_right_chip_or_one_that_is_not_believed():
    old = chip_at(START_S - 5_000, 5_000)
    believed = []
    for writes in range(1, 5):
        chip = ClockChip()
        chip.registers[:] = old.registers
        chip.cut_after = writes
        raises(Crash, ds3231.write, chip, ds3231.content_of(START_S + 60, 0))
        try:
            believed.append(ds3231.read(chip))
        except OSError as error:
            believed.append(str(error))
    assert believed == ["no node has set it"] + [(START_S + 60, START_S + 60, 0)] * 3


def test_the_chip_confirms_a_large_correction():
    far = 10 * MINUTE
    for off_s, expected in ((far // 1000, far), (0, 0)):
        made = known(far, hosts=("a", "b"))
        made.errors.append(None)
        made.time["ds3231"] = chip_at(made.true_ms // 1000 + off_s)
        get_time(made.node, DEADLINE)
        assert abs(error_of(made) - expected) < 1000, off_s
