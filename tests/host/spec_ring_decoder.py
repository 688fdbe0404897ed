"""Reads the bytes of a ring, written from docs/spec.md alone: nothing of lib/ is imported.

`read_ring` takes the partition and what tells the files of schemas; what is not intact is left
out.
"""

import struct
import zlib

from spec_decoder import (
    CHANNEL,
    MILLISECONDS,
    PAYLOAD_SIZE_MAX,
    RICE_ROWS,
    ROWS,
    UNDATED,
    Bits,
    Bytes,
    Code,
    Row,
    frames,
    indexes,
    unzigzag,
)

PAGE_SIZE, HEAD_SIZE, MAGIC = 4096, 24, b"\x57\x6c\x01\x00"
LEDGER, CONTINUES = 0xA7, 0x08
KINDS = (ROWS, RICE_ROWS, 0xA3, 0xA4, 0xA5, 0xA6, LEDGER, ROWS | CONTINUES, RICE_ROWS | CONTINUES)


def read_head(page):
    """(sequence, first row, readings before it, schema), or None."""
    fields = struct.unpack("<4sIIIII", page[:HEAD_SIZE])
    intact = fields[0] == MAGIC and fields[5] == zlib.crc32(page[: HEAD_SIZE - 4])
    return fields[1:5] if intact else None


def whole_frames(page):
    """Yield (if it follows a whole frame or the head, kind, payload) of each intact frame."""
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
    """An absolute frame of rows, and those that continue it."""

    def __init__(self, kind, payload):
        source = Bytes(payload)
        head = source.varint()
        self.kind, self.number, flags = kind, head >> 2, head & 3
        self.boot = source.varint() if flags & UNDATED else None
        self.has_ms = bool(flags & MILLISECONDS)
        self.stamp = source.varint()
        if self.has_ms:
            self.stamp = self.stamp * 1000 + source.varint()
        self.mask, self.step, self.states = source.varint(), 0, {}
        self.last = {index: source.signed() for index in indexes(self.mask)}
        self.rows = [self._row(self.last)]
        self.read(payload[source.at :])

    def _row(self, values):
        s, ms = divmod(self.stamp, 1000) if self.has_ms else (self.stamp, None)
        return Row(self.number, self.boot, s, ms, dict(values))

    def read(self, payload):
        """Add the other rows of a payload."""
        if self.kind == RICE_ROWS:
            bits = Bits(payload)
            while not bits.ended():
                same = bits.number(1)
                new_mask = not same and bits.number(1)
                change = 0 if same else self._code("step", bits)
                mask = bits.sized() if new_mask else self.mask
                self._add(change, mask, lambda index: self._code(index, bits))
            return
        source = Bytes(payload)
        while source.at < len(payload):
            first = source.varint()
            change, mask, waiting = 0, self.mask, [unzigzag(first >> 1)]
            if first & 1:
                told = source.varint()
                change = unzigzag(told >> 1)
                mask = source.varint() if told & 1 else mask
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


def read_page(page):
    """The rows of a page, and its ledgers by their labels."""
    chains, chain, labels, ledgers = [], None, {}, {}
    for follows, kind, payload in whole_frames(page):
        if not follows:
            chain = None
        if kind in (ROWS, RICE_ROWS):
            chain = Chain(kind, payload)
            chains.append(chain)
        elif kind & CONTINUES and chain and chain.kind == kind & ~CONTINUES:
            chain.read(payload)
        elif kind == LEDGER:
            label, content = read_ledger(payload, labels)
            ledgers[label] = content
    return [row for chain in chains for row in chain.rows], ledgers


def read_ledger(payload, labels):
    """(label, content) of a frame; `labels` are those named in its page so far."""
    source = Bytes(payload)
    told = source.varint()
    if told & 1:
        labels[told >> 1] = source.text()
    content = bytearray(source.byte())
    for start in range(0, len(content), 8):
        mask = source.byte() if source.at < len(payload) else 0
        for index in indexes(mask):
            content[start + index] = source.byte()
    return labels[told >> 1], bytes(content)


def read_channels(content):
    """(decimals, name, unit) of each channel in the file of a schema."""
    channels = []
    for kind, payload in frames(content)[0]:
        if kind == CHANNEL:
            source = Bytes(payload[1:])
            channels.append((source.byte(), source.text(), source.text()))
    return channels


def read_ring(partition, schema_files):
    """(rows as (row, channels), ledgers, readings ever queued); files by their schema's number."""
    pages = [partition[at : at + PAGE_SIZE] for at in range(0, len(partition), PAGE_SIZE)]
    found = sorted((read_head(page), page) for page in pages if read_head(page))
    rows, ledgers, readings = [], {}, 0
    for (_, _, readings, schema), page in found:
        in_page, ledgers = read_page(page)
        rows += [(row, read_channels(schema_files[schema])) for row in in_page]
        readings += sum(len(row.values) for row in in_page)
    return rows, ledgers, readings
