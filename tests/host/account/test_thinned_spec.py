"""Thinned segments, read by the decoder based only on docs/spec.md, and by `wherry queue`."""

import json
import random
import shutil

import pytest
from support.account.decoded import decoded
from support.account.thinned_queue import QUEUE_COUNT, SEED, SIZE_FULL, thinned_queue
from support.owner.queue_command import wherry
from support.queue.folders import fresh
from wherry.queue import thinning
from wherry.queue.thinned import read_progress
from wherry.rows import segment
from wherry.rows.frame import RICE, ROWS
from wherry.rows.mask import count_bits
from wherry_host.account.spec import queue as spec_queue


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    monkeypatch.setattr(segment, "SIZE_FULL", SIZE_FULL)


@pytest.mark.parametrize("kind", [ROWS, RICE])
def test_thinned_rows_are_read_by_the_specification(kind):
    choose = random.Random(SEED)
    thinned = 0
    for case in range(QUEUE_COUNT):
        root = fresh()
        channel_count = choose.choice((1, 3, 3, 5, 31, 32, 40))
        queue, upload, rows = thinned_queue(choose, root, channel_count, kind)
        # The file of an unfinished thinning is not part of the queue.
        for row, _ in spec_queue.read_queue(spec_queue.from_folder(root)):
            assert row == decoded(row.number, *rows[row.number]), case
        listed = numbers(root)
        reader = queue.reader()
        reader.seek(0)
        found = []
        while reader.next():
            found.append(reader.rows.row)
        assert listed == found and found == sorted(set(found)), case
        kept = sum(count_bits(rows[number][4]) for number in listed)
        assert upload.waiting() == kept, case
        for name in queue.segments:
            progress = read_progress(queue.path(name))
            with open(queue.path(name), "rb") as file:
                assert spec_queue.read_thinning(file.read()) == progress, case
            thinned += bool(progress)
    assert thinned >= QUEUE_COUNT // 2, thinned
    print(QUEUE_COUNT, "queues, seed", SEED)


def test_thinned_rows_are_reported_to_the_owner(tmp_path):
    data = tmp_path / "data"
    _, upload, _ = thinned_queue(random.Random(1), str(data), 3, ROWS)
    upload.ledger.save()
    code, text, reported = wherry("stats", data, "--json")
    found = json.loads(text)
    assert code == 0 and "lost" not in reported, reported
    assert found["thinned"] and found["thinned"][0]["row_step"] > 1
    counts = found["uplinks"]["a"]
    assert counts["thinned"] == upload.ledger.thinned > 0 and counts["unreadable"] == 0
    assert counts["waiting"] == upload.waiting()


def test_a_thinning_that_no_ledger_counts_has_removed_no_row(tmp_path):
    """The file is complete, and none of the three steps after it is done."""
    choose, data = random.Random(2), tmp_path / "data"
    queue, upload, _ = thinned_queue(choose, str(data), 3, ROWS)
    upload.ledger.save()
    before, names, gone = tmp_path / "before", queue.segments, []
    while not gone or queue.segments[0] != names[0]:
        shutil.rmtree(before, ignore_errors=True)
        queue.append(0, 0, 1 << 20, 0, 7, [choose.randrange(99) for _ in range(3)])
        upload.ledger.save()
        shutil.copytree(data, before)
        names = list(queue.segments)
        if queue.is_thinning:
            thinning.work(queue, 0)
        gone = [name for name in names if name not in queue.segments]
    older = names[names.index(gone[0]) - 1]
    shutil.copy(queue.path(older), before / "segments" / "thinned")
    held = numbers(before)
    assert set(numbers(data)) < set(held) and held == sorted(held)
    # The owner sees the counts of the node after it has continued.
    counts = json.loads(wherry("stats", before, "--json")[1])["uplinks"]["a"]
    assert counts["thinned"] == upload.ledger.thinned and counts["unreadable"] == 0
    # Once a ledger counts it, it replaces the two.
    shutil.copytree(data / "cursors", before / "cursors", dirs_exist_ok=True)
    assert numbers(before) == numbers(data)


def numbers(folder):
    return [row.number for row, _ in spec_queue.read_queue(spec_queue.from_folder(folder))]
