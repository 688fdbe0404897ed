"""A ring read by a decoder based only on docs/spec.md: everything must be equal."""

import random
import struct
from pathlib import Path

from support.account.decoded import decoded, random_channels, random_row
from support.queue.folders import fresh
from support.ring.device import Device, last_of
from wherry.ring.ring import Ring
from wherry.rows.frame import RICE, ROWS
from wherry_host.account.spec import ring as spec_ring

RING_COUNT = 20
ROW_COUNT_MAX = 200
LABELS = ("harbor", "harbor-2", "here")


def fill(choose, root, device):
    """Write a random ring; return it, its rows in the decoder's form, and ledgers."""
    ms, rows, s, last = choose.random() < 0.5, [], choose.randint(0, 1 << 30), {}
    (channels, own_count), kind = random_channels(choose), choose.choice((ROWS, RICE))
    ring = Ring(device, root, channels, ms, None, None, None, kind, own_count)
    saved, drops, row = {}, [0], None

    def drop(end):
        drops.append(end)
        # Ledgers pass by dropped rows.
        saved.update({label: (max(end, kept[0]), kept[1]) for label, kept in saved.items()})
        return True

    for _ in range(choose.randint(1, ROW_COUNT_MAX)):
        action = choose.randint(0, 59)
        if action == 0:
            (channels, own_count), last, row = random_channels(choose), {}, None
            ring = Ring(device, root, channels, ms, ring.hint(), None, None, kind, own_count)
        elif action == 1:
            ring = Ring(device, root, channels, ms, None, None, None, kind, own_count)
        elif action < 8 and row:
            newest = last_of(ring, row, ring.next_row - 1)
            wake = ring.hint(), ring.place(), newest
            ring = Ring(device, root, channels, ms, *wake, kind, own_count)
        ring.on_drop = lambda end, _: drop(end)
        many = []
        for _ in range(choose.choice((1, 1, 1, 1, 30))):
            s = max(0, s + choose.choice((60, 60, 60, 61, -1, choose.randint(-1000, 1 << 20))))
            row = random_row(choose, channels, own_count, ms, s, last)
            number = ring.next_row + len(many)
            rows.append((decoded(number, *row), [(c[2], c[0], c[1]) for c in channels]))
            many.append(row)
        if len(many) > 1:
            ring.extend(iter(many))
        else:
            ring.append(*row)
        if choose.random() < 0.1:
            label = choose.choice(LABELS)
            ledger = ring.ledger(label)
            ledger.row += choose.randint(0, 3)
            ledger.delivered += choose.randint(0, 1 << 20)
            ledger.save()
            saved[label] = ledger.row, ledger.delivered
    return ring, rows[drops[-1] :], saved


def test_an_independent_decoder_reads_every_row_of_a_ring():
    """Both codings, sleeps, changed channels, many rows at once."""
    seed = random.randrange(1 << 30)
    print(f"{RING_COUNT} rings, seed {seed}")
    choose = random.Random(seed)
    for case in range(RING_COUNT):
        root, device = fresh(), Device(choose.choice((3, 4, 12)))
        ring, rows, saved = fill(choose, root, device)
        files = {int(p.name, 16): p.read_bytes() for p in Path(root, "schemas").iterdir()}
        found, ledgers, readings = spec_ring.read_ring(bytes(device.cells), files)
        # The page after the tail is erased when the first row of a page is added.
        assert found[len(found) - len(rows) :] == rows, (seed, case)
        assert readings == ring.readings, (seed, case)
        for label, (row, delivered) in saved.items():
            content = ledgers[label]
            assert struct.unpack("<QBQ", content[:17]) == (row, 0, delivered), (seed, case, label)
