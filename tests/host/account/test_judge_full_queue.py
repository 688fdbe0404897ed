"""The account and the node agree on when a queue is full and which rows a thinning has removed."""

import random
import shutil
from types import SimpleNamespace

import pytest
from support.account.thinned_queue import thinned_queue
from wherry.queue import room, thinning
from wherry.rows import segment
from wherry.rows.frame import ROWS
from wherry_host.account.spec import queue as spec_queue

SIZE_FULL = 1500
CASE_COUNT = 5000
SIZE_MIN, SIZE_MAX = 16 << 10, 64 << 20


def test_the_bound_of_a_full_queue_agrees_with_the_node():
    seed = random.getrandbits(20)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(CASE_COUNT):
        size_max = int(SIZE_MIN * (SIZE_MAX / SIZE_MIN) ** chance.random())
        segment_size = segment.size_full(size_max)
        assert spec_queue.segment_size_max(size_max) == segment_size, (seed, size_max)
        queue = SimpleNamespace(segment_size=segment_size, size_max=size_max)
        bound = size_max - segment_size * 7 // 4 - 512
        for size in (0, bound, bound + 1, size_max, chance.randrange(2 * size_max)):
            is_full = room.is_near_full(queue, size)
            assert spec_queue.is_full(size, size_max) == is_full, (seed, size_max, size)


@pytest.fixture
def small_segments(monkeypatch):
    monkeypatch.setattr(segment, "SIZE_FULL", SIZE_FULL)


def numbers(folder):
    return [row.number for row, _ in spec_queue.read_queue(spec_queue.from_folder(folder))]


def test_a_thinning_that_no_ledger_counts_has_removed_no_row(tmp_path, small_segments):
    chance, data = random.Random(3), tmp_path / "data"
    queue, upload, _ = thinned_queue(chance, str(data), 3, ROWS)
    upload.ledger.save()
    before, after = tmp_path / "before", data
    names = None
    while not names:
        shutil.rmtree(before, ignore_errors=True)
        queue.append(0, 0, 1 << 20, 0, 7, [chance.randrange(99) for _ in range(3)])
        shutil.copytree(data, before)
        listed = list(queue.segments)
        if queue.is_thinning:
            thinning.work(queue, 0)
        gone = [name for name in listed if name not in queue.segments]
        names = gone and queue.segments[0] == listed[0] and listed
    older = names[names.index(gone[0]) - 1]
    # A cut before the first step: only the new segment is complete.
    whole = tmp_path / "data" / queue.path(older).removeprefix(str(data) + "/")
    shutil.copy(whole, before / "segments" / "thinned")
    held = numbers(before)
    assert set(numbers(after)) < set(held) and held == sorted(held)
    # Once a ledger counts it, it replaces the two.
    shutil.copytree(data / "cursors", before / "cursors", dirs_exist_ok=True)
    assert numbers(before) == numbers(after)
