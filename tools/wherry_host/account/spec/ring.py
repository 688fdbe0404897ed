"""The queue in a ring: pages, chains of frames, and ledgers."""

import struct
import zlib

from wherry_host.account.spec.frames import (
    CHANNEL,
    MILLISECONDS,
    PAYLOAD_SIZE_MAX,
    ROW_KINDS,
    ROWS,
    UNDATED,
    Row,
    frames,
    unmasked,
)
from wherry_host.account.spec.octets import Bits, Bytes, Code, indexes, unzigzag

PAGE_SIZE, HEAD_SIZE = 4096, 24
MAGIC = b"\x57\x4c"
LEDGER, CONTINUES = 0xA7, 0x08
KINDS = (*ROW_KINDS, *(kind | CONTINUES for kind in ROW_KINDS), 0xA3, 0xA4, 0xA5, 0xA6, LEDGER)


def read_head(page):
    """Return (sequence, first row, readings before it, schema), or None."""
    sequence, row, readings, schema, crc = struct.unpack("<4xIIIII", page[:HEAD_SIZE])
    if page[:2] != MAGIC or crc != zlib.crc32(page[: HEAD_SIZE - 4]):
        return None
    return sequence, page[2] << 32 | row, page[3] << 32 | readings, schema


def whole_frames(page):
    """Yield (follows, kind, payload) of each intact frame; `follows`: no damage precedes it."""
    at, follows = HEAD_SIZE, True
    while at + 1 < len(page):
        end = at + 2 + page[at + 1]
        intact = page[at] in KINDS and page[at + 1] <= PAYLOAD_SIZE_MAX
        if intact and page[end : end + 4] == struct.pack("<I", zlib.crc32(page[at:end])):
            yield follows, page[at], page[at + 2 : end]
            at, follows = end + 4, True
        else:
            at, follows = at + 1, False


class Chain:
    """An absolute frame of rows and the frames that continue it."""

    def __init__(self, kind, payload, counts):
        self.counts = counts
        source = Bytes(payload)
        head = source.varint()
        self.kind, self.number, flags = kind, head >> 2, head & 3
        self.boot = source.varint() if flags & UNDATED else None
        self.has_ms = bool(flags & MILLISECONDS)
        self.stamp = source.varint()
        if self.has_ms:
            self.stamp = self.stamp * 1000 + source.varint()
        self.mask, self.step, self.states = self._unmasked(source.varint()), 0, {}
        self.last = {index: source.signed() for index in indexes(self.mask)}
        self.rows = [self._row(self.last)]
        self.read(payload[source.at :])

    def _unmasked(self, mask):
        return unmasked(mask, self.counts)

    def _row(self, values):
        s, ms = divmod(self.stamp, 1000) if self.has_ms else (self.stamp, None)
        return Row(self.number, self.boot, s, ms, dict(values))

    def read(self, payload):
        """Add the rows of a payload, which continue the chain."""
        if self.kind != ROWS:
            bits = Bits(payload)
            while not bits.ended():
                same = bits.number(1)
                new_mask = not same and bits.number(1)
                change = 0 if same else self._code("step", bits)
                mask = self._unmasked(bits.mask()) if new_mask else self.mask
                self._add(change, mask, lambda index: self._code(index, bits))
            return
        source = Bytes(payload)
        while source.at < len(payload):
            first = source.varint()
            change, mask, waiting = 0, self.mask, [unzigzag(first >> 1)]
            if first & 1:
                reported = source.varint()
                change = unzigzag(reported >> 1)
                mask = self._unmasked(source.varint()) if reported & 1 else mask
            self._add(change, mask, lambda _, w=waiting: w.pop() if w else source.signed())

    def _code(self, name, bits):
        return self.states.setdefault(name, Code()).read(bits)

    def _add(self, change, mask, difference):
        self.step += change
        self.stamp += self.step
        self.number += 1
        self.mask = mask
        values = {index: self.last.get(index, 0) + difference(index) for index in indexes(mask)}
        self.last.update(values)
        self.rows.append(self._row(values))


def read_page(page, counts):
    """Return the rows of a page, and its ledgers by label; `counts` is as in `unmasked`."""
    chains, chain, labels, ledgers = [], None, {}, {}
    for follows, kind, payload in whole_frames(page):
        if not follows:
            chain = None
        if kind in ROW_KINDS:
            chain = Chain(kind, payload, counts)
            chains.append(chain)
        elif kind & CONTINUES and chain and chain.kind == kind & ~CONTINUES:
            chain.read(payload)
        elif kind == LEDGER:
            label, content = read_ledger(payload, labels)
            ledgers[label] = content
    return [row for chain in chains for row in chain.rows], ledgers


def read_ledger(payload, labels):
    """Return (label, content) of a frame; `labels` are the labels so far in its page."""
    source = Bytes(payload)
    reported = source.varint()
    if reported & 1:
        labels[reported >> 1] = source.text()
    content = bytearray(source.byte())
    for start in range(0, len(content), 8):
        mask = source.byte() if source.at < len(payload) else 0
        for index in indexes(mask):
            content[start + index] = source.byte()
    return labels[reported >> 1], bytes(content)


def read_channels(content):
    """Return (decimals, name, unit) of a schema file's channels, and the own channels' number."""
    channels = []
    (_, payload), *others = frames(content)[0]
    head = Bytes(payload)
    *_, own_count = [head.varint() for _ in range(6)]
    for kind, payload in others:
        if kind == CHANNEL:
            source = Bytes(payload[1:])
            channels.append((source.byte(), source.text(), source.text()))
    return channels, own_count


def pages_of(partition):
    """Return all pages of a partition."""
    return [partition[at : at + PAGE_SIZE] for at in range(0, len(partition), PAGE_SIZE)]


def fullness(partition):
    """Return the share of the pages that have a head, from 0 to 1."""
    pages = pages_of(partition)
    return sum(read_head(page) is not None for page in pages) / len(pages)


def read_ring(partition, schema_files):
    """Return (rows as (row, channels), ledgers, readings ever queued); files by schema number."""
    pages = pages_of(partition)
    found = sorted((read_head(page), page) for page in pages if read_head(page))
    rows, ledgers, readings = [], {}, 0
    for (_, _, readings, schema), page in found:
        channels, own_count = read_channels(schema_files[schema])
        in_page, ledgers = read_page(page, (len(channels), own_count))
        rows += [(row, channels) for row in in_page]
        readings += sum(len(row.values) for row in in_page)
    return rows, ledgers, readings
