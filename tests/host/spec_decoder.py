"""Reads what a node leaves behind, written from docs/spec.md alone: nothing of lib/ is imported.

Functions take bytes; `read_queue` takes the folder of a node. What is not intact is left out.
"""

import struct
import zlib
from collections import namedtuple
from pathlib import Path

ROWS, RICE_ROWS, TWO_SCHEMAS = 0xA1, 0xA2, 0x10
SEGMENT, CHANNEL, ASIDE, THINNING = 0xA4, 0xA5, 0xA6, 0xAC
ROW_KINDS = (ROWS, RICE_ROWS, ROWS | TWO_SCHEMAS, RICE_ROWS | TWO_SCHEMAS)
MILLISECONDS, UNDATED, THINNED, PAYLOAD_SIZE_MAX = 1, 2, 2, 234
PREFIX_MAX, SUM_START, SUM_STEP_MAX, COUNT_MAX = 12, 8, 1 << 20, 16
OLD_THINNING_SIZE, OLD_NOTE_SIZE, OLD_LEDGER_SIZE, HEX = 17, 17, 49, "[0-9a-f]"
# Its boot is None if it is dated; values maps the index of a channel to its value.
Row = namedtuple("Row", "number boot s ms values")


class Bytes:
    def __init__(self, payload):
        self.payload = payload
        self.at = 0

    def byte(self):
        self.at += 1
        return self.payload[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def signed(self):
        return unzigzag(self.varint())

    def text(self):
        size = self.varint()
        self.at += size
        return self.payload[self.at - size : self.at].decode()


class Bits:
    """The stream of bits behind the first row of a Rice frame."""

    def __init__(self, payload):
        self.text = "".join(f"{byte:08b}" for byte in payload)
        self.at = 0

    def number(self, count):
        self.at += count
        return int(self.text[self.at - count : self.at] or "0", 2)

    def sized(self):
        return self.number(self.number(5) + 1)

    def mask(self, kind):
        if not kind & TWO_SCHEMAS:
            return self.sized()
        schema = self.number(2)
        return self.number(self.number(6) + 1) << 2 | schema

    def ended(self):
        rest = self.text[self.at :]
        return len(rest) < 8 and "0" not in rest


class Code:
    def __init__(self):
        self.count = 1
        self.sum = SUM_START

    def read(self, bits):
        k = 0
        while self.count << k < self.sum:
            k += 1
        ones = 0
        while ones < PREFIX_MAX and bits.number(1):
            ones += 1
        value = bits.sized() if ones == PREFIX_MAX else ones << k | bits.number(k)
        self.sum += (min(value, SUM_STEP_MAX) + 1) >> 1
        self.count += 1
        if self.count == COUNT_MAX:
            self.count >>= 1
            self.sum >>= 1
        return unzigzag(value)


def unzigzag(value):
    return -(value + 1 >> 1) if value & 1 else value >> 1


def indexes(mask):
    return [index for index in range(mask.bit_length()) if mask >> index & 1]


def unmasked(kind, mask, counts):
    """A mask over all channels; `counts` are those of the channels and of the node's own."""
    if not kind & TWO_SCHEMAS:
        return mask
    channel_count, own_count = counts
    first = channel_count - own_count if mask & 1 else 0
    return mask >> 2 << first | (mask >> 1 & 1) << channel_count


def frames(content):
    """The (kind, payload) of every intact frame, and how many bytes were passed over."""
    found, at, damaged = [], 0, 0
    while at < len(content):
        size = content[at + 1] if at + 1 < len(content) else PAYLOAD_SIZE_MAX + 1
        end = at + 2 + size
        intact = 0xA1 <= content[at] <= 0xBA and size <= PAYLOAD_SIZE_MAX
        if intact and content[end : end + 4] == struct.pack("<I", zlib.crc32(content[at:end])):
            found.append((content[at], content[at + 2 : end]))
            at = end + 4
        else:
            damaged += 1
            at += 1
    return found, damaged


def rows_of(kind, payload, row_step=1, counts=(0, 0)):
    """The rows of a frame of rows; `counts` as in unmasked, not needed before there were two."""
    source = Bytes(payload)
    head = source.varint()
    number, flags = head >> 2, head & 3
    boot = source.varint() if flags & UNDATED else None
    has_ms = bool(flags & MILLISECONDS)
    stamp = source.varint()
    if has_ms:
        stamp = stamp * 1000 + source.varint()
    mask, step = unmasked(kind, source.varint(), counts), 0
    values = {index: source.signed() for index in indexes(mask)}
    rows, last = [(stamp, values)], dict(values)
    read = varints if kind & ~TWO_SCHEMAS == ROWS else codes
    for change, new_mask, difference in read(source, kind):
        step += change
        stamp += step
        mask = mask if new_mask is None else unmasked(kind, new_mask, counts)
        values = {index: difference(index) + last.get(index, 0) for index in indexes(mask)}
        rows.append((stamp, values))
        last.update(values)
    return [
        Row(
            number + i * row_step + row.pop(counts[0] if row_step > 1 else None, 0),
            boot,
            *(divmod(at, 1000) if has_ms else (at, None)),
            row,
        )
        for i, (at, row) in enumerate(rows)
    ]


def varints(source, _):
    """Yield (change of the time step, new mask or None, what reads a difference)."""
    while source.at < len(source.payload):
        first = source.varint()
        change, mask, ahead = 0, None, [unzigzag(first >> 1)]
        if first & 1:
            head = source.varint()
            change, mask = unzigzag(head >> 1), source.varint() if head & 1 else None
        yield change, mask, lambda _, ahead=ahead: ahead.pop() if ahead else source.signed()


def codes(source, kind):
    """Yield the same of a Rice frame."""
    bits, states = Bits(source.payload[source.at :]), {}

    def read(index):
        return states.setdefault(index, Code()).read(bits)

    while not bits.ended():
        change, mask = 0, None
        if not bits.number(1):
            has_mask = bits.number(1)
            change = read("time")
            mask = bits.mask(kind) if has_mask else None
        yield change, mask, read


def read_segment(content):
    """First row, readings before it, if it has ms, channels, how many are the node's own, rows.

    A channel is (decimals, name, unit). None if it is no segment.
    """
    found = frames(content)[0]
    if not found or found[0][0] != SEGMENT:
        return None
    head = Bytes(found[0][1])
    version, first_row, readings_before, flags = (head.varint() for _ in range(4))
    row_step = head.varint() if flags & THINNED else 1
    count = head.varint()
    own_count = head.varint() if version > 1 else 0
    sources = [Bytes(payload) for kind, payload in found[1 : 1 + count] if kind == CHANNEL]
    if version not in (1, 2) or [source.byte() for source in sources] != list(range(count)):
        return None
    channels = [(source.byte(), source.text(), source.text()) for source in sources]
    rows = [
        row
        for frame in found
        if frame[0] in ROW_KINDS
        for row in rows_of(*frame, row_step, (count, own_count))
    ]
    return first_row, readings_before, bool(flags & MILLISECONDS), channels, own_count, rows


def read_thinning(content):
    """(whole, row, kept, gone, at) of a thinned segment, None of any other."""
    found = frames(content)[0]
    if not found or found[-1][0] != THINNING:
        return None
    payload = found[-1][1]
    return struct.unpack("<BIIII" if len(payload) == OLD_THINNING_SIZE else "<BQQQI", payload)


def segment_paths(data_folder):
    """The paths of all segments by their first rows, rising."""
    found = {}
    for folder, digits in ("segments", 8), ("segments/" + 10 * HEX, 10), ("rows", 10):
        for path in Path(data_folder).glob(f"{folder}/{digits * HEX}"):
            if path.is_file() and path.stat().st_size:
                found[int(path.name, 16)] = path
    return dict(sorted(found.items()))


def segment_files(data_folder):
    """The contents of the segments by their first rows; a whole new one has taken its place."""
    contents = {row: path.read_bytes() for row, path in segment_paths(data_folder).items()}
    new = Path(data_folder, "segments", "thinned")
    content = new.read_bytes() if new.exists() else b""
    whole, end, *_ = read_thinning(content) or (0, 0)
    first_row = read_segment(content)[0] if whole else None
    if first_row in contents:
        contents = {row: old for row, old in contents.items() if not first_row < row < end}
        contents[first_row] = content
    return contents


def read_queue(data_folder):
    """All rows under a node's /data as (row, channels), the row file's last, each number once."""
    rows, channels, own_count, last = [], [], 0, -1
    for content in segment_files(data_folder).values():
        segment = read_segment(content)
        if segment is None:
            continue
        *_, channels, own_count, found = segment
        rows += [(row, channels) for row in found if row.number > last]
        last = max([last, *(row.number for row in found)])
    row_file = Path(data_folder, "rows", "open")
    for kind, payload in frames(row_file.read_bytes())[0] if row_file.exists() else ():
        found = rows_of(kind, payload, 1, (len(channels), own_count))
        rows += [(row, channels) for row in found if row.number > last]
    return rows


def small_file(content):
    """The payload of a small file, or None."""
    payload, crc = content[:-4], content[-4:]
    return payload if crc == struct.pack("<I", zlib.crc32(payload)) and payload else None


def read_note(content):
    """(tail segment, schema, row, readings before it, flags)."""
    payload = small_file(content)
    return struct.unpack("<IIIIB" if len(payload) == OLD_NOTE_SIZE else "<QIQQB", payload)


def read_ledger(content):
    """All thirteen fields; in 0.1.0 counters have 32 bits, and before it some of the last lack."""
    payload = small_file(content)
    if len(payload) > OLD_LEDGER_SIZE:
        return struct.unpack("<QBQQQQQQIQQQQ", payload)
    return struct.unpack("<IBIIIIIIIIIII", payload.ljust(OLD_LEDGER_SIZE, b"\0"))


def read_anchors(content):
    return list(struct.iter_unpack("<Iqq", small_file(content)))


def read_crash(content):
    payload = small_file(content)
    return payload[0], payload[1:].decode(errors="replace")


def read_aside(content):
    """(row, channel index, decimals, value, s, ms or None, status, name, reason, uplink) of each.

    Those of 0.1.0 end before the uplink.
    """
    readings = []
    for kind, payload in frames(content)[0]:
        if kind == ASIDE:
            source = Bytes(payload)
            fields = [source.varint(), source.byte(), source.byte(), source.signed()]
            fields += [source.varint(), source.varint() - 1, source.varint()]
            fields[5] = None if fields[5] < 0 else fields[5]
            texts = [source.text(), source.text()]
            readings.append((*fields, *texts, source.text() if source.at < len(payload) else ""))
    return readings


def read_gaps(content):
    """The count of all gaps, and (row, before, behind) of the newest, as flags, boot, s, ms."""
    payload = small_file(content)
    form = "<QBIIHBIIH" if payload[3] & 0x80 else "<IBIIHBIIH"
    gaps = [
        (row, tuple(stamps[:4]), tuple(stamps[4:]))
        for row, *stamps in struct.iter_unpack(form, payload[4:])
    ]
    return int.from_bytes(payload[:3], "little"), gaps
