"""The two schemas of a frame, for the sensors' channels and the node's own; many channels."""

import random

from support.node.check import raises
from support.node.chip import SEED, Chip, through_outage
from support.rows.written import random_rows, read, write
from wherry.health_channels import CHANNELS as HEALTH
from wherry.rows.frame import RICE, ROWS, SIZE_MAX, FrameError

OWN_COUNT = 16
SENSOR_COUNT, SENSOR_CHANNELS = 8, 8


def frames_of(kind, rows, counts):
    return write(kind, rows, counts[0], SIZE_MAX, counts[1])


def test_rows_of_both_schemas_are_read_back():
    seed = random.getrandbits(30)
    print("seed", seed)
    random.seed(seed)
    for case in range(120):
        sensors = random.choice((1, 3, 30, 31, 64))
        counts = sensors + OWN_COUNT, OWN_COUNT
        rows = []
        for i, row in enumerate(random_rows(random.randrange(1, 60), min(sensors, 32))):
            shift = random.randrange(sensors - 31) if sensors > 32 else 0
            mask, values = row[5] << shift, row[6]
            if random.randrange(8) == 0:
                mask = random.randrange(1, 1 << OWN_COUNT) << sensors
                values = [j * i for j in range(OWN_COUNT) if mask >> sensors + j & 1]
            rows.append(row[:5] + (mask, values))
        for kind in (ROWS, RICE):
            found = []
            for frame in frames_of(kind, rows, counts):
                found += read(frame, *counts)
            assert found == rows, (seed, case, kind)


def test_a_row_with_the_largest_number_of_channels_fits_into_a_frame():
    values = [(1 << 30) - 1 - i for i in range(32)]
    rows = [(1 << 50, 3, (1 << 32) - 1, (1 << 32) - 1, 999, (1 << 32) - 1 << 32, values)]
    for kind in (ROWS, RICE):
        (frame,) = frames_of(kind, rows, (80, OWN_COUNT))
        assert read(frame, 80, OWN_COUNT) == rows


def test_channels_without_a_name_are_refused():
    for kind in (ROWS, RICE):
        for mask in (1 << 18, 1 << 2):
            (frame,) = frames_of(kind, [(1, 0, 0, 1000, 0, mask, [1])], (19, OWN_COUNT))
            assert "row 1" in str(raises(FrameError, read, frame, 2 + 15, 15))


class Bank:
    """A sensor of many channels: each value identifies the measurement and the channel."""

    def __init__(self, chip, first):
        self.chip = chip
        self.first = first

    def start(self, anew):
        if not self.first:
            self.chip.log.append(self.chip.true_ms)
        return 1

    def read(self):
        n = len(self.chip.log)
        return [(i, n * 1000 + self.first + i) for i in range(SENSOR_CHANNELS)]


class ManyChip(Chip):
    channels = tuple([("c%d" % i, "", 0) for i in range(SENSOR_COUNT * SENSOR_CHANNELS)])

    def sensors(self):
        firsts = range(0, len(self.channels), SENSOR_CHANNELS)
        return [("bank", Bank(self, first), SENSOR_CHANNELS) for first in firsts]


def check_moments(chip):
    """Check that each measurement of 64 channels is complete, once, with one stamp."""
    moments = {}
    for (stamp, _, name), value in chip.server.points.items():
        if name[0] == "c":
            number, index = divmod(int(value), 1000)
            assert name == "c%d" % index
            moments.setdefault(number, []).append((index, stamp))
    assert sorted(moments) == list(range(1, len(chip.log) + 1))
    for number, found in moments.items():
        assert sorted([index for index, _ in found]) == list(range(len(chip.channels))), number
        assert len({stamp for _, stamp in found}) == 1, number


def test_a_node_of_64_channels_has_one_stamp_for_all_of_them():
    random.seed(SEED)
    chip = ManyChip()
    node = through_outage(chip, 120_000, 600_000, 900_000)
    assert node.uploads[0].waiting() == 0 and chip.server.copies == 0 and len(chip.log) > 80
    check_moments(chip)
    rows = [line for line in chip.lines if line.endswith(": 32 readings")]
    assert len(rows) == 2 * len(chip.log)
    assert [k for k in chip.server.points if k[2] == HEALTH[0][0]]
