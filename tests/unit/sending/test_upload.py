"""Batches and verdicts: each answer's effect on the ledger, and the search for bad readings."""

import os

from support.node.check import raises
from support.queue.aside import add
from support.uplinks.harbor_server import HarborServer
from support.uplinks.rig import BEGIN_S, Rig
from wherry.queue.ledger import in_file
from wherry.rows.frame import MS, UNDATED
from wherry.sending import verdict
from wherry.sending.begin import begin
from wherry.sending.refusal import set_aside
from wherry.sending.refusal.aside_files import Aside
from wherry.sending.step import step
from wherry.sending.upload import Upload
from wherry.uplinks.harbor import dialect as harbor

ENV = (("temperature", "°C", 2), ('hum"idity', "%", 1))
SETTINGS = {"endpoint": "https://h.test/api/v2/ingest/7", "api_key": "key-1", "name": "node-1"}


def stored(flags, boot, s, ms):
    return None if flags & UNDATED else (s, ms)


class Pair(Rig):
    """A queue of rows with two readings each, and an uplink to a server."""

    def __init__(self, row_count, ms=False):
        super().__init__("harbor", harbor, SETTINGS, ENV, ms, date=stored)
        self.server = HarborServer()
        self.added = 0
        self.restart()
        self.add(row_count)

    def restart(self):
        ledger = in_file(self.root + "/cursors/harbor")
        self.aside = Aside(self.root + "/aside")
        self.upload = Upload(
            "harbor", harbor, SETTINGS, self.queue, ledger, self.root + "/aside", stored
        )
        self.queue.uploads = (self.upload,)

    def add(self, row_count):
        for _ in range(row_count):
            i = self.added
            self.queue.append(0, 0, BEGIN_S + 60 * i, 0, 3, [i, -i])
            self.added += 1

    def check_balance(self):
        super().check_balance()
        again, ledger = in_file(self.root + "/cursors/harbor"), self.upload.ledger
        assert again.settled() == ledger.settled() and again.row == ledger.row

    def times(self):
        return len(self.server.points)


def test_all_arrive_in_batches():
    rig = Pair(450)
    rig.run()
    assert rig.times() == 900 and rig.upload.waiting() == 0
    assert rig.server.requests == 5 and rig.server.copies == 0
    times = [key[0] for key in rig.server.points]
    assert min(times) == "2026-11-14T19:33:20Z", min(times)
    assert rig.server.points[("2026-11-14T20:33:20Z", "node-1", 'hum"idity')] == -6.0


def test_a_lost_answer_repeats_the_same_bytes():
    rig = Pair(30)
    rig.server.lost = 2
    rig.run()
    assert rig.times() == 60 and rig.server.copies >= 60


def test_poison_is_set_aside_by_name_and_the_rest_arrives():
    for poison in (0, 1, 63, 98, 119):
        rig = Pair(60)
        value = -(poison // 2) / 10 if poison & 1 else (poison // 2) / 100
        cargo = ENV[poison & 1][0]
        rig.server.refuse = lambda item, bad=(cargo, value): (
            (item["cargo_id"], item["value"]) == bad
        )
        rig.run()
        kept = list(rig.aside.readings())
        assert rig.times() == 119 and rig.upload.ledger.set_aside == 1, poison
        assert kept[0][:3] == (poison // 2, poison & 1, cargo) and kept[0][7] == 400
        assert rig.server.requests < 30, rig.server.requests


def test_a_smaller_count_finds_the_missing_reading():
    rig = Pair(40)
    rig.server.refuse = lambda item: item["value"] == 0.17
    rig.server.drop_silently = True
    rig.run()
    kept = list(rig.aside.readings())
    assert rig.times() == 79 and [entry[0] for entry in kept] == [17]
    assert kept[0][8] == "the server took 0 of 1"


def test_a_plans_limit_is_learned_and_sets_nothing_aside():
    rig = Pair(100)
    rig.server.count_max = 5
    rig.run()
    assert rig.times() == 200 and rig.upload.ledger.set_aside == 0
    learned = rig.upload.ledger.count_limit
    assert 2 <= learned <= 5, learned
    # The learned limit survives a deep sleep, a crash and a power cut.
    rig.restart()
    before, kinds = rig.server.requests, []
    for _ in range(40):
        rig.add(2)
        begin(rig.upload, 0)
        kinds += rig.run()
    assert set(kinds) == {verdict.DELIVERED, None}
    assert rig.server.requests - before <= 40 * (4 // learned + 1)
    # A plan may be upgraded, so larger batches are tried after a while.
    rig.server.count_max = 10_000
    for _ in range(150):
        rig.add(2)
        rig.restart()
        begin(rig.upload, 0)
        rig.run()
    assert rig.upload.ledger.count_limit == 2 * learned


def test_rows_of_a_boot_without_a_time_are_set_aside_when_the_boot_ends():
    rig = Pair(3)
    rig.queue.append(MS | UNDATED, 9, 100, 5, 3, [1, 2])
    rig.add(2)
    rig.upload.settings["undated"] = "hold"
    found = [step(rig.upload, rig.server.exchange, 9).kind for _ in range(3)]
    assert found == [verdict.DELIVERED, None, None] and rig.times() == 6
    rig.run()
    assert rig.times() == 10 and rig.upload.ledger.set_aside == 2
    assert [entry[5:7] for entry in rig.aside.readings()] == [(100, 5), (100, 5)]


def test_the_ledger_continues_after_a_restart():
    rig = Pair(300)
    step(rig.upload, rig.server.exchange, -1)
    rig.restart()
    rig.run()
    assert rig.times() == 600 and rig.server.copies == 0


def test_damaged_readings_are_counted():
    rig = Pair(60)
    rig.queue.spill()
    path = rig.queue.path(0)
    with open(path, "rb") as file:
        content = bytearray(file.read())
    content[-20] ^= 255
    with open(path, "wb") as file:
        file.write(content)
    rig.run()
    ledger = rig.upload.ledger
    assert ledger.damaged > 0 and ledger.delivered + ledger.damaged == 120
    assert rig.times() == ledger.delivered


def test_a_flash_read_error_is_not_a_failed_exchange():
    rig = Pair(60)
    rig.queue.spill()
    os.remove(rig.queue.path(0))
    raises(OSError, step, rig.upload, rig.server.exchange, -1)
    assert rig.upload.trouble is None and rig.server.requests == 0


def test_set_aside_is_bounded_and_drops_are_counted():
    rig = Pair(600)
    ledger, reason = rig.upload.ledger, "reason " + "x" * 100
    for _ in range(1200):
        set_aside.set_aside(rig.upload, 400, reason)
    # Each row has two readings, and the cursor is after the last one.
    kept = [2 * entry[0] + entry[1] for entry in rig.aside.readings()]
    assert 100 < len(kept) < 400 and kept == list(range(1200 - len(kept), 1200))
    assert (ledger.set_aside, ledger.dropped) == (len(kept), 1200 - len(kept))
    rig.check_balance()
    assert rig.upload.waiting() == 0


def test_a_reading_already_set_aside_is_not_kept_twice():
    rig = Pair(2)
    path = rig.root + "/aside"
    assert add(path, 0, 0, ENV[0], 7, 1000, -1, 400, "no", "harbor")
    # A power cut came before the cursor moved, so the server refuses the reading again.
    set_aside.set_aside(rig.upload, 400, "no")
    ledger = rig.upload.ledger
    assert len(list(rig.aside.readings())) == ledger.set_aside == 1
    assert (ledger.row, ledger.channel) == (0, 1)
