"""The walker of a ring's pages, over damage and erased bytes."""

import random

from support.queue.by_hand import frame
from support.queue.damage import noise
from support.ring.device import PAGE_SIZE, Device
from support.ring.page_bytes import HEAD_SIZE, page
from wherry.ring.pages import PageWalker


def walked(device, window_size, limit, offset=HEAD_SIZE):
    """Return what a walker finds: each frame's place, `gap` and `torn`; and `torn` at the end."""
    walker = PageWalker(device, window_size)
    assert not walker.next(limit)
    walker.open(1, offset)
    found = []
    while walker.next(limit):
        content = bytes(walker.buffer[walker.at : walker.at + walker.size])
        assert content == page(device, 1)[walker.offset : walker.offset + walker.size]
        found.append((walker.offset, walker.gap, walker.torn))
    return found, walker.torn


def test_a_walker_finds_all_frames_and_the_bytes_between():
    seed = random.getrandbits(30)
    random.seed(seed)
    for case in range(6):
        device = Device(2)
        at, frames = HEAD_SIZE, []
        gap, torn = False, 0
        while at < 3600:
            kind = random.randint(0, 3)
            octets = frame(0xA3, noise(random.randint(0, 234)))
            if kind == 0:
                # These bytes do not begin a frame, or they begin an incomplete one.
                octets = bytes([random.choice((0, 1, 7, 100, 0xA3, 0xBF)) for _ in range(40)])
                torn, gap = at + 39, True
            elif kind == 1:
                octets = b"\xff" * random.choice((1, 63, 64, 65, 200))
                gap = True
            else:
                frames.append((at, gap, torn))
                gap, torn = False, 0
            device.cells[PAGE_SIZE + at : PAGE_SIZE + at + len(octets)] = octets
            at += len(octets)
        for window_size in (512, 1024):
            assert walked(device, window_size, PAGE_SIZE) == (frames, torn), (seed, case)
        for limit in [found[0] for found in frames[1:]]:
            there = [found for found in frames if found[0] < limit]
            assert walked(device, 512, limit)[0] == there, (seed, case, limit)
