"""A node whose rows are in a ring: rows are not staged, each is in the ring immediately."""

import random

from support.node.chip import SEED, TRUE_AT_START, UPLINK, Chip, check_all_there
from support.ring.device import Device
from wherry import delivery
from wherry.health_channels import CHANNELS as HEALTH
from wherry.ring.ring import Ring
from wherry.sending.upload import Upload
from wherry.stage.recovery import newest
from wherry.uplinks.harbor import dialect as harbor


class RingChip(Chip):
    """A chip with a ring of eight pages; each boot continues as after a deep sleep."""

    def __init__(self):
        super().__init__()
        self.device = Device(8)

    def new_queue(self, channels, hint, stage):
        state = stage.state
        place = (state.ring_page, state.ring_at, state.ring_step) if state.ring_at else None
        last = newest(stage)
        own_count = len(HEALTH)
        return Ring(self.device, self.root, channels, True, hint, place, last, own_count=own_count)

    def uploads(self, queue, clock):
        parts = queue, queue.ledger("harbor"), self.root + "/aside", clock.date
        return [Upload("harbor", harbor, UPLINK, *parts)]


def rows_reported(chip):
    """Return the numbers of the rows that the console printed."""
    return [int(line[4 : line.index(":")]) for line in chip.lines if line.startswith("row ")]


def test_each_row_is_only_in_the_ring_and_is_never_staged():
    for with_sleeps in (False, True):
        random.seed(SEED)
        chip = RingChip()
        node = chip.boot()
        while chip.true_ms < TRUE_AT_START + 600_000:
            due = node.turn()
            assert node.stage.count == 0, chip.lines
            if with_sleeps:
                node.queue.rest(node.stage)
            chip.pass_ms(max(1, due - chip.rtc_ms()))
            if with_sleeps:
                node = chip.boot()
        delivery.send(node)
        assert check_all_there(chip, node) == 0 and len(chip.log) >= 60
        assert rows_reported(chip) == list(range(node.queue.next_row)), chip.lines
        assert "gap" not in "".join(chip.lines) and not chip.server.copies
        assert len(chip.server.points) == node.queue.readings == node.uploads[0].ledger.delivered
