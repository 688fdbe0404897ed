"""The content of a flash image, read by a decoder of docs/spec.md that uses nothing from lib/."""

import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import littlefs

from wherry_host import partitions
from wherry_host.account.gaps import Gaps
from wherry_host.account.spec import files as spec_files
from wherry_host.account.spec import frames as spec_frames
from wherry_host.account.spec import queue as spec_queue
from wherry_host.account.spec import ring as spec_ring
from wherry_host.virtual.image import READING, entries_in, filesystem_in

_EPOCH_US = 946_684_800_000_000


@dataclass(eq=False)
class Reading:
    """One reading; `stamp_us` is Unix time, or None if its boot was never dated.

    `ticks_us` counts from the start of boot number `boot`; both are None if the reading was dated
    when it was stored. If `is_estimated`, the node has only estimated when the boot began.
    """

    row: int
    index: int
    channel: str
    value: float
    stamp_us: int | None
    boot: int | None = None
    ticks_us: int | None = None
    is_estimated: bool = False

    @property
    def is_dated(self):
        """True if it has a stamp that is not an estimate."""
        return self.stamp_us is not None and not self.is_estimated

    @property
    def row_key(self):
        """The number and stamp of its row; an erase of the flash restarts the numbers."""
        stamp_us = self.stamp_us if self.boot is None else self.ticks_us
        return self.row, self.boot, stamp_us


class Estimate(NamedTuple):
    """Tick 0 of a boot in Unix us as the node estimated it, and the rows that it counted."""

    zero_us: int
    uncertainty_us: int
    row_count: int


class Ledger(NamedTuple):
    """The ledger of an uplink, with the fields of docs/spec.md, "Ledger"."""

    row: int = 0
    index: int = 0
    delivered: int = 0
    set_aside: int = 0
    dropped: int = 0
    thinned: int = 0
    damaged: int = 0
    before: int = 0
    denied_s: int = 0
    thin_row: int = 0
    thin_end: int = 0
    others: int = 0
    doubted: int = 0
    count_limit: int = 0
    passes: int = 0
    gzip: int = 0


@dataclass
class Flash:
    """`readings` are in the queue, `aside` [(uplink, status, Reading)] are set aside."""

    readings: list[Reading] = field(default_factory=list)
    #: {label: Ledger}; the ledger of a held channel has the label LABEL~CRC.
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    aside: list[tuple[str, int, Reading]] = field(default_factory=list)
    #: (first, end) of the rows of each segment that was thinned.
    thinned_rows: list[tuple[int, int]] = field(default_factory=list)
    #: The bytes of all segments, including the one that is being thinned.
    queue_size: int = 0
    #: The shares of the filesystem and of the ring's pages that are in use, from 0 to 1.
    fullness: float = 0.0
    ring_fullness: float = 0.0
    gaps: Gaps = field(default_factory=Gaps)
    #: {boot: Estimate} of the boots that never learned the time.
    estimates: dict[int, Estimate] = field(default_factory=dict)

    @cached_property
    def row_keys(self):
        """The Reading.row_key of every row."""
        return {each.row_key for each in self.readings}

    @cached_property
    def row_numbers(self):
        """The numbers of the rows, in order."""
        return sorted({each.row for each in self.readings})

    def ledger_of(self, label, channel=None):
        """Return the Ledger of an uplink, or of one channel if it is held."""
        held = self.ledgers.get(f"{label}~{zlib.crc32((channel or '').encode()):08x}")
        ledger = self.ledgers.get(label, Ledger())
        return held if held and held[:2] < ledger[:2] else ledger


def read_flash(content, without=()):
    """Return the Flash in an image's bytes. It is empty if no node has used the image yet.

    Files of /data whose names are in `without` are ignored.
    """
    place, ring = _places(content)
    files, fullness = _files(content, place)
    files = {name: file for name, file in files.items() if name not in without}
    anchors = spec_files.small_file(files.get("anchors", b""))
    anchors = spec_files.read_anchors(files["anchors"]) if anchors else []
    dates = {boot: (ticks, true_ms) for boot, ticks, true_ms in anchors}
    rows = spec_queue.read_queue(files)
    flash = Flash(fullness=fullness)
    flash.estimates = {boot: _estimate(*date) for boot, date in dates.items() if date[0] < 0}
    flash.queue_size = spec_queue.queue_size(files)
    flash.ledgers = dict(_ledgers(files))
    if ring:
        partition = content[ring.offset : ring.end]
        schemas = {
            int(name[8:], 16): file for name, file in files.items() if name.startswith("schemas/")
        }
        last = rows[-1][0].number if rows else -1
        found, ledgers, _ = spec_ring.read_ring(partition, schemas)
        flash.ring_fullness = spec_ring.fullness(partition)
        rows += [(row, channels) for row, channels in found if row.number > last]
        for label, payload in ledgers.items():
            flash.ledgers[label] = Ledger(*spec_files.ledger_fields(payload))
    flash.readings = [each for row, channels in rows for each in readings_of(row, channels, dates)]
    flash.aside = list(_aside(files))
    flash.thinned_rows = spec_queue.thinned_rows(files)
    flash.gaps = _gaps(files, dates)
    return flash


def data_files(content):
    """Return {name: bytes} of the files of /data in an image's bytes."""
    return _files(content, _places(content)[0])[0]


def _places(content):
    """Return the Entry of the filesystem, and the Entry of the ring or None."""
    table = content[partitions.TABLE_AT : partitions.TABLE_AT + partitions.TABLE_SIZE]
    entries = entries_in(table, len(content))
    return filesystem_in(entries, len(content)), partitions.named(entries, partitions.RING)


class _Bytes(littlefs.UserContext):
    """A littlefs context with the blocks in memory; the stock context logs each operation."""

    def read(self, cfg, block, off, size):
        start = block * cfg.block_size + off
        return self.buffer[start : start + size]


def _files(content, place):
    """Return the files of /data in the filesystem at a place, and the share of it that is used."""
    context = _Bytes(buffer=content[place.offset : place.end])
    blocks = place.size // partitions.BLOCK_SIZE
    try:
        fs = littlefs.LittleFS(context, block_count=blocks, **READING)
        files = {}
        for root, _, names in fs.walk("/data"):
            for name in names:
                with fs.open(f"{root}/{name}", "rb") as file:
                    files[f"{root}/{name}".removeprefix("/data/")] = file.read()
    except (littlefs.LittleFSError, FileNotFoundError):
        return {}, 0.0
    return files, fs.used_block_count / blocks


def _ledgers(files):
    for name, content in files.items():
        if name.startswith("cursors/") and spec_files.small_file(content):
            yield name.removeprefix("cursors/"), Ledger(*spec_files.read_ledger(content))


def readings_of(row, channels, dates):
    """Yield the Reading of each value in a row.

    `channels` are (decimals, name, unit), `dates` {boot: (ticks, true ms since 2000)}.
    """
    for index, value in row.values.items():
        decimals, name, _ = channels[index]
        yield _reading(row.number, index, name, value / 10**decimals, row, dates)


def _reading(number, index, name, value, stamp, dates):
    ms = stamp.s * 1000 + (stamp.ms or 0)
    stamp_us = _stamp_us(stamp.boot, ms, dates)
    if stamp.boot is None:
        return Reading(number, index, name, value, stamp_us)
    is_estimated = stamp.boot in dates and dates[stamp.boot][0] < 0
    return Reading(number, index, name, value, stamp_us, stamp.boot, ms * 1000, is_estimated)


def _estimate(ticks, true_ms):
    row_count, uncertainty_ms = spec_files.estimate_fields(ticks)
    return Estimate((true_ms - ticks) * 1000 + _EPOCH_US, uncertainty_ms * 1000, row_count)


def _stamp_us(boot, ms, dates):
    """Return the Unix us of a stamp in ms since 2000, or in ms of a boot if `boot` is given.

    The result is None if the boot was never dated.
    """
    if boot is None:
        return ms * 1000 + _EPOCH_US
    ticks, true_ms = dates.get(boot, (None, None))
    return None if ticks is None else (true_ms + ms - ticks) * 1000 + _EPOCH_US


def _gaps(files, dates):
    if not spec_files.small_file(files.get("gaps", b"")):
        return Gaps()
    count, found = spec_files.read_gaps(files["gaps"])

    def stamp_us(flags, boot, s, ms):
        return _stamp_us(boot if flags & spec_frames.UNDATED else None, s * 1000 + ms, dates)

    spans = tuple((stamp_us(*before), stamp_us(*after)) for _, before, after in found)
    return Gaps(count, spans, tuple(row for row, *_ in found))


def _aside(files):
    for name in sorted(name for name in files if name.startswith("aside/")):
        for entry in spec_files.read_aside(files[name]):
            row, index, decimals, value, s, ms, status, channel, _, uplink = entry
            time_us = (s * 1000 + (ms or 0)) * 1000
            # Status 0: the row was never dated, and its time is in ticks.
            dated = status != 0
            reading = Reading(
                row,
                index,
                channel,
                value / 10**decimals,
                time_us + _EPOCH_US if dated else None,
                ticks_us=None if dated else time_us,
            )
            yield uplink, status, reading
