"""The owner's orders on the simulated chip: flush, replay and resend, through crashes."""

import os
import random

from support.node.chip import ENV, SEED, TRUE_AT_START
from support.orders.ordered_chip import OrderedChip, counts
from support.uplinks.harbor_server import HarborServer
from wherry import small_file
from wherry.queue.ledger import in_file
from wherry.sending.refusal.aside_files import Aside


def ran(minutes=30, server=None):
    """Return a chip that has delivered rows for a time."""
    random.seed(SEED)
    chip = OrderedChip()
    chip.server = server or chip.server
    chip.run(TRUE_AT_START + 60_000 * minutes)
    return chip


def test_a_replay_sends_its_window_again_unchanged():
    chip = ran()
    points = dict(chip.server.points)
    begin_s = TRUE_AT_START // 1000
    window = begin_s + 600, begin_s + 1199
    gone = [key for key in points if in_window(key, 600, 1199)]
    assert len(gone) > 150
    for key in gone:
        del chip.server.points[key]
    chip.order("replay-harbor", *window)
    chip.carried_out()
    for key, value in points.items():
        assert chip.server.points[key] == value
    assert chip.server.copies == 0
    assert chip.reported("order: replay-harbor: done") == [
        "order: replay-harbor: done, %d sent again, 0 refused" % len(gone)
    ]
    delivered, set_aside, settled = counts(chip)
    assert delivered == settled == len(chip.server.points) and not set_aside


def in_window(key, first_s, last_s):
    """Return True if a point is from `first_s` to `last_s` after the start, both included."""
    time = key[0]
    s = (int(time[11:13]) * 60 + int(time[14:16])) * 60 + int(time[17:19])
    return first_s <= s - START_S <= last_s


# TRUE_AT_START is at 19:33:20.
START_S = (19 * 60 + 33) * 60 + 20


def test_a_replay_finds_its_window_fast_and_ends_with_it():
    chip = ran(120)
    requests = chip.server.requests
    chip.order("replay-harbor", TRUE_AT_START // 1000 + 5000, TRUE_AT_START // 1000 + 5059)
    chip.carried_out()
    copies = [key for key in chip.server.points if in_window(key, 5000, 5059)]
    assert chip.server.copies == len(copies) > 12
    assert chip.server.requests - requests <= 3


def test_a_replay_skips_refused_readings():
    chip = ran()
    before = counts(chip)
    chip.server.refuse = lambda item: (
        item["cargo_id"] == "humidity" and item["value"] in (-1, -1.2)
    )
    chip.order("replay-harbor", TRUE_AT_START // 1000, TRUE_AT_START // 1000 + 1800)
    chip.carried_out()
    assert chip.reported("order: replay-harbor: done")[0].endswith("2 refused")
    assert counts(chip)[1] == before[1]
    chip.server.refuse = lambda item: True
    chip.order("replay-harbor", TRUE_AT_START // 1000, TRUE_AT_START // 1000 + 1800)
    chip.carried_out()
    assert chip.reported(
        "order: replay-harbor: stopped, the server refuses every reading: HTTP 400"
    )


def refused(minutes=30):
    """Return a chip whose server refused every tenth temperature, but accepts all of them now."""
    random.seed(SEED)
    chip = OrderedChip()
    chip.server.refuse = odd
    chip.run(TRUE_AT_START + 60_000 * minutes)
    chip.server.refuse = lambda item: False
    return chip


def odd(item):
    return item["cargo_id"] == "temperature" and round(item["value"] * 100) % 10 == 3


def test_a_resend_delivers_readings_set_aside():
    chip = refused()
    before = counts(chip)
    kept = list(Aside(chip.root + "/aside").readings())
    assert len(kept) == before[1] > 15
    chip.order("resend-harbor")
    chip.carried_out()
    assert chip.reported("order: resend-harbor: done") == [
        "order: resend-harbor: done, %d sent again, 0 refused" % len(kept)
    ]
    after = counts(chip)
    assert after[1] == 0 and after[0] == after[2] == len(chip.server.points)
    assert chip.server.copies == 0 and not list(Aside(chip.root + "/aside").readings())


def test_readings_refused_again_stay_with_the_new_reason():
    chip = refused()
    kept = list(Aside(chip.root + "/aside").readings())
    chip.server.refusal = 422
    chip.server.refuse = lambda item: odd(item) and round(item["value"] * 100) % 20 == 3
    chip.order("resend-harbor")
    chip.carried_out()
    left = list(Aside(chip.root + "/aside").readings())
    assert left == [each[:7] + (422, "HTTP 422", "harbor") for each in kept if each[3] % 20 == 3]
    assert counts(chip)[1] == len(left) > 5
    assert len(chip.server.points) == counts(chip)[0]


def test_each_uplink_has_its_own_orders():
    random.seed(SEED)
    chip = OrderedChip()
    chip.is_forked = True
    chip.server.refuse = odd
    chip.run(TRUE_AT_START + 900_000)
    chip.server.refuse = lambda item: False
    kept = list(Aside(chip.root + "/aside").readings())
    roof = [each[:2] for each in kept if each[9] == "roof-2"]
    assert 5 < len(roof) == len(kept) // 2
    chip.order("resend-roof-2")
    chip.order("replay-harbor", TRUE_AT_START // 1000, TRUE_AT_START // 1000 + 300)
    chip.order("replay-nobody")
    points = dict(chip.server.points)
    chip.carried_out()
    assert chip.reported("order: resend-roof-2: done")[0].endswith(
        "%d sent again, 0 refused" % len(roof)
    )
    left = list(Aside(chip.root + "/aside").readings())
    assert [each[9] for each in left] == ["harbor"] * len(roof)
    ledgers = [in_file("%s/cursors/%s" % (chip.root, name)) for name in ("harbor", "roof-2")]
    assert [ledger.set_aside for ledger in ledgers] == [len(roof), 0]
    # The replay also sent readings set aside for the first uplink, whose ledger is unchanged.
    new = {(key[1], key[2]) for key in chip.server.points if key not in points}
    assert ("m", "temperature") in new and ("n", "temperature") in new


def test_orders_survive_crashes_and_cuts():
    for seed in range(SEED, SEED + 3):
        chip = refused()
        random.seed(seed)
        points, copies = len(chip.server.points), chip.server.copies
        chip.order("resend-harbor")
        chip.order("replay-harbor", TRUE_AT_START // 1000, TRUE_AT_START // 1000 + 1800)
        chip.crash_in = 30
        chip.crashes = 0
        chip.carried_out(600)
        chip.crash_in = -1
        node = chip.run(chip.true_ms + 120_000)
        assert chip.crashes and len(chip.server.points) > points, seed
        assert counts(chip)[1] == 0, seed
        assert not list(Aside(chip.root + "/aside").readings()), seed
        assert chip.server.copies - copies >= points - 100, seed
        assert counts(chip)[0] == len(chip.server.points), seed
        assert node.queue.readings == counts(chip)[2] + node.uploads[0].waiting()


def test_a_flush_drains_the_rows_and_uploads_immediately():
    chip = ran(10)
    chip.online = False
    chip.run(chip.true_ms + 3_600_000)
    chip.online = True
    state = chip.boot().stage.state
    assert state.failures > 2
    chip.order("flush")
    node = chip.boot()
    assert not node.queue.writer.count and not os.listdir(chip.root + "/orders")
    node.turn()
    assert chip.lines[-1] == "orders: done" and node.uploads[0].waiting() <= 2 * len(ENV)


def test_orders_are_withdrawn_and_damaged_ones_reported():
    chip = ran(10)
    chip.online = False
    chip.order("replay-harbor", 0, 1 << 30)
    chip.run(chip.true_ms + 10_000)
    assert os.listdir(chip.root + "/orders") == ["replay-harbor"]
    chip.order("cancel")
    chip.online = True
    chip.carried_out()
    assert chip.reported("order:") == ["order: replay-harbor: canceled"]
    chip.order("resend-harbor")
    small_file.write(chip.root + "/orders/resend-harbor.new", b"noise")
    chip.order("replay-nobody")
    chip.run(chip.true_ms + 60_000)
    assert chip.reported("order:") == ["order: resend-harbor: damaged"]
    assert chip.reported("orders: done")


class CopyingServer(HarborServer):
    """Refuses readings that it already has `busy` times with a 429."""

    busy = 0

    def _take(self, items):
        item = items[0]
        if (item["time"], item["ship_id"], item["cargo_id"]) in self.points and self.busy:
            self.busy -= 1
            return 429, {}
        return HarborServer._take(self, items)


def test_an_order_waits_for_a_busy_server_and_continues_in_the_same_upload():
    chip = ran(10, CopyingServer())
    chip.server.busy, chip.server.retry_after = 2, "Retry-After: 2\r\n"
    chip.order("replay-harbor", 0, 0xFFFFFFFF)
    node = chip.boot()
    begin_ms = chip.true_ms
    node.turn()
    assert len([line for line in chip.reported("order:") if "HTTP 429; again in " in line]) == 2
    assert "orders: done" in chip.lines and not chip.server.busy, chip.lines
    assert 4_000 <= chip.true_ms - begin_ms <= 15_000


def test_an_order_ends_its_upload_if_the_server_is_busy_for_longer():
    chip = ran(10, CopyingServer())
    chip.server.busy, chip.server.retry_after = 1, "Retry-After: 60\r\n"
    chip.order("replay-harbor", 0, 0xFFFFFFFF)
    node = chip.boot()
    node.turn()
    assert "orders: done" not in chip.lines
    assert 55_000 <= node.stage.state.send_due - node.ticks() <= 75_000
    chip.carried_out()
