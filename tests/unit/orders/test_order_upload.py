"""An order during an upload: a busy server, and a server that is lost as the order begins."""

import random

from support.node.chip import SEED, TRUE_AT_START
from support.orders.ordered_chip import OrderedChip
from support.uplinks.harbor_server import HarborServer
from wherry.orders.order import Order


class CopyingServer(HarborServer):
    """Refuses readings that it already has: `busy` times with a 429, `gone` times by silence."""

    busy = gone = 0

    def _take(self, items):
        item = items[0]
        if (item["time"], item["ship_id"], item["cargo_id"]) in self.points:
            if self.busy:
                self.busy -= 1
                return 429, {}
            if self.gone:
                self.gone -= 1
                raise OSError(116)
        return HarborServer._take(self, items)


def ran(minutes):
    """Return a chip that has delivered rows for a time."""
    random.seed(SEED)
    chip = OrderedChip()
    chip.server = CopyingServer()
    chip.run(TRUE_AT_START + 60_000 * minutes)
    return chip


def test_an_order_waits_for_a_busy_server_and_continues_in_the_same_upload():
    chip = ran(10)
    chip.server.busy, chip.server.retry_after = 2, "Retry-After: 2\r\n"
    chip.order("replay-harbor", 0, 0xFFFFFFFF)
    node = chip.boot()
    begin_ms = chip.true_ms
    node.turn()
    assert len([line for line in chip.reported("order:") if "HTTP 429; again in " in line]) == 2
    assert "orders: done" in chip.lines and not chip.server.busy, chip.lines
    assert 4_000 <= chip.true_ms - begin_ms <= 15_000


def test_an_order_ends_its_upload_if_the_server_is_busy_for_longer():
    chip = ran(10)
    chip.server.busy, chip.server.retry_after = 1, "Retry-After: 60\r\n"
    chip.order("replay-harbor", 0, 0xFFFFFFFF)
    node = chip.boot()
    node.turn()
    assert "orders: done" not in chip.lines
    assert 55_000 <= node.stage.state.send_due - node.ticks() <= 75_000
    chip.carried_out()


def test_the_first_row_of_a_replay_is_searched_for_once():
    chip = ran(120)
    from_s = chip.true_ms // 1000 - 600
    chip.order("replay-harbor", from_s, 0xFFFFFFFF)
    chip.server.gone = 1
    node = chip.boot()
    end_row = node.uploads[0].ledger.row
    node.turn()
    begun = Order(chip.root + "/orders/replay-harbor")
    assert not begun.sent and end_row <= begun.end_row <= node.uploads[0].ledger.row
    # The next upload's walk begins shortly before the window, because a clock may step by an hour.
    assert 200 < begun.row < end_row - 400, (begun.row, end_row)
    chip.carried_out()
