"""Rows that wait in RTC memory: crashes lose no rows, and a power cut leaves a gap."""

import random

from support.node.chip import SEED, SETTINGS, TRUE_AT_START, Chip, Sensor, check_all_there
from wherry import delivery
from wherry.stage import gaps

AGE_MS = 600_000
STAGED = dict(SETTINGS)
STAGED["node"] = dict(SETTINGS["node"])
STAGED["node"].update({"send_every_ms": 120_000, "stage_age_max_ms": AGE_MS})


class StagedChip(Chip):
    """A chip whose rows are staged; it records its power cuts."""

    def __init__(self):
        super().__init__(STAGED)
        self.cuts = 0

    def cut(self):
        self.cuts += 1
        super().cut()

    def gaps(self):
        """Return (count, [(row, from ms, to ms)]) of the gaps, dated by the anchors."""
        clock = self.node.clock
        count, found = gaps.read(self.root)
        return count, [
            (row, true_ms(clock, before), true_ms(clock, behind)) for row, before, behind in found
        ]

    def boot(self):
        self.node = super().boot()
        return self.node

    def turns(self, until_ms):
        """Run turns without a reset."""
        while self.true_ms < until_ms:
            self.pass_ms(max(1, self.node.turn() - self.rtc_ms()))


def true_ms(clock, stamp):
    dated = clock.date(*stamp)
    return dated and dated[0] * 1000 + dated[1]


def test_rows_are_drained_before_they_are_sent_and_when_they_are_old():
    random.seed(SEED)
    chip = StagedChip()
    chip.run(TRUE_AT_START + 30_000)
    upload_ms = chip.true_ms + chip.node.stage.state.send_due - chip.node.ticks()
    chip.turns(upload_ms + 25_000)
    queued = chip.node.queue.next_row
    assert 11 < queued < 18 and 0 < chip.node.stage.count < 4
    chip.online = False
    chip.turns(upload_ms + AGE_MS - 20_000)
    assert chip.node.queue.next_row == queued and chip.node.stage.count > 50
    chip.boot()
    assert chip.node.queue.next_row == queued and chip.node.stage.count > 50
    chip.turns(upload_ms + 30_000 + AGE_MS)
    assert chip.node.queue.next_row > queued + 50 and chip.node.stage.count < 5
    chip.online = True
    chip.turns(TRUE_AT_START + 3 * AGE_MS)
    node = chip.node
    delivery.send(node)
    assert check_all_there(chip, node) == 0 and node.uploads[0].waiting() == 0
    assert chip.gaps() == (0, [])


def test_the_stage_is_emptied_before_it_is_full():
    random.seed(SEED)
    chip = StagedChip()
    chip.online = False
    chip.settings = {"node": dict(STAGED["node"]), "power": STAGED["power"]}
    chip.settings["node"]["stage_age_max_ms"] = 86_400_000
    chip.boot()
    chip.turns(TRUE_AT_START + 10_000_000)
    assert 450 < chip.node.queue.next_row < 1000 and chip.node.stage.count
    assert chip.node.queue.next_row + chip.node.stage.count == len(chip.log)
    assert not [line for line in chip.lines if "flash" in line]


def test_crashes_lose_nothing_and_cuts_leave_a_gap():
    crashes = cuts = lost = 0
    for case in range(5):
        random.seed(SEED + case)
        chip = StagedChip()
        chip.crash_in = random.randint(0, 400)
        chip.run(TRUE_AT_START + 2_000_000)
        chip.crash_in = -1
        node = chip.run(TRUE_AT_START + 3_000_000)
        for _ in range(4):
            delivery.send(node)
        assert node.uploads[0].waiting() == 0
        ledger = node.uploads[0].ledger
        assert ledger.dropped == 0 and ledger.damaged == 0, case
        assert len(chip.server.points) + ledger.set_aside == node.queue.readings, case
        lost += check_gaps(chip, chip.cuts, case)
        crashes, cuts = crashes + chip.crashes, cuts + chip.cuts
    assert lost > cuts, "the cuts should have cost something"
    print(
        "5 lives with",
        crashes,
        "crashes,",
        cuts,
        "of them cuts,",
        lost,
        "rows in gaps, seed",
        SEED,
    )


def check_gaps(chip, most, case=0):
    """Check that missing rows are in gaps, and that the number of gaps is within its bound."""
    count, found = chip.gaps()
    assert count == len(found) <= most, (case, count, most)
    values = [round(v * 100) for k, v in chip.server.points.items() if k[2] == "temperature"]
    reached = max([v for k, v in chip.server.points.items() if k[2] == "node_gaps"])
    assert reached == count, case
    there = set(values)
    assert len(there) == len(values)
    lost = caught = 0
    for i, taken_ms in enumerate(chip.log):
        if i + 1 in there:
            # No existing row is within a gap.
            assert not in_gap(found, taken_ms, -10), (case, i)
        elif in_gap(found, taken_ms, 10):
            lost += 1
        else:
            caught += 1
    # Whenever the program ends, it may lose a measurement that is not yet a row. Undated rows are
    # set aside.
    assert caught <= chip.crashes + chip.node.uploads[0].ledger.set_aside, (case, caught)
    return lost


def in_gap(found, taken_ms, more_ms):
    for _, from_ms, to_ms in found:
        if (from_ms is None or from_ms - more_ms < taken_ms) and (
            to_ms is None or taken_ms < to_ms + more_ms
        ):
            return True
    return False


def with_waiting_rows():
    """Return a chip with rows of an outage in RTC memory."""
    random.seed(SEED)
    chip = StagedChip()
    chip.run(TRUE_AT_START + 130_000)
    chip.online = False
    chip.turns(TRUE_AT_START + 300_000)
    return chip


def test_rows_of_other_channels_continue_under_their_names():
    chip = with_waiting_rows()
    chip.channels = (("humidity", "%", 2), ("pressure", "hPa", 1), ("temperature", "°C", 2))
    chip.sensors = lambda: [("env", Sensor(chip), 3)]
    chip.broken = True
    chip.boot()
    assert chip.node.stage.count == 0 and chip.node.stage.state.schema == chip.node.queue.schema
    chip.online = True
    chip.turns(TRUE_AT_START + 700_000)
    delivery.send(chip.node)
    assert check_all_there(chip, chip.node) == 0 and chip.gaps() == (0, [])


def test_rows_of_channels_that_are_gone_are_a_gap():
    chip = with_waiting_rows()
    taken = len(chip.log)
    chip.channels = (("humidity", "%", 1), ("temperature", "°C", 3))
    chip.boot()
    chip.online = True
    chip.turns(TRUE_AT_START + 700_000)
    delivery.send(chip.node)
    assert chip.gaps()[0] == 1 and len(chip.log) > taken + 30
    assert chip.node.stage.state.schema == chip.node.queue.schema
