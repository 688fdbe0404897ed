"""Reads what a node leaves behind, written from docs/spec.md alone: nothing of lib/ is imported.

Functions take bytes; `read_queue` takes the folder of a node. What is not intact is left out.
"""

import struct
import zlib
from collections import namedtuple
from pathlib import Path

ROWS, RICE_ROWS, SEGMENT, CHANNEL, ASIDE, THINNING = 0xA1, 0xA2, 0xA4, 0xA5, 0xA6, 0xAC
MILLISECONDS, UNDATED, THINNED, PAYLOAD_SIZE_MAX = 1, 2, 2, 234
PREFIX_MAX, SUM_START, SUM_STEP_MAX, COUNT_MAX = 12, 8, 1 << 20, 16
MAGIC, OLD_MAGIC = b"\x57\x79\x02\x00", b"\x57\x79\x01\x00"
COPY_SIZE, RECORD_OFFSET, STAGE_OFFSET = 256, 232, 512
STATE = """boot:I zero_ms:q pending_ms:q saved_ticks:q synced:B ref_ticks:q ref_ms:q drift_ppm:i
    last_ms:q clock_error_ms:i sample_due:q send_due:q sync_due:q health_due:q failures:B crashes:I
    sensor_errors:I next_row:I readings:I schema:I network:B lease:16s lease_due:q server:4s
    server_crc:I server_due:q gap:B flush_due:q ring_page:I ring_at:I ring_step:I uplinks:34s"""
OLD_FIELD_COUNT = 26
STATE = [field.split(":") for field in STATE.split()]
OLD_THINNING_SIZE, OLD_NOTE_SIZE, HEX = 17, 17, "[0-9a-f]"
RECORD_FORMAT = "<IHHHHII"
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


def frames(content):
    """The (kind, payload) of every intact frame, and how many bytes were passed over."""
    found, at, damaged = [], 0, 0
    while at < len(content):
        size = content[at + 1] if at + 1 < len(content) else PAYLOAD_SIZE_MAX + 1
        end = at + 2 + size
        intact = 0xA1 <= content[at] <= 0xAC and size <= PAYLOAD_SIZE_MAX
        if intact and content[end : end + 4] == struct.pack("<I", zlib.crc32(content[at:end])):
            found.append((content[at], content[at + 2 : end]))
            at = end + 4
        else:
            damaged += 1
            at += 1
    return found, damaged


def rows_of(kind, payload, row_step=1, channel_count=None):
    """The rows of a frame of kind 0xA1 or 0xA2; the count is needed of thinned segments only."""
    source = Bytes(payload)
    head = source.varint()
    number, flags = head >> 2, head & 3
    boot = source.varint() if flags & UNDATED else None
    has_ms = bool(flags & MILLISECONDS)
    stamp = source.varint()
    if has_ms:
        stamp = stamp * 1000 + source.varint()
    mask, step = source.varint(), 0
    values = {index: source.signed() for index in indexes(mask)}
    rows, last = [(stamp, values)], dict(values)
    for change, new_mask, difference in (varints if kind == ROWS else codes)(source):
        step += change
        stamp += step
        mask = mask if new_mask is None else new_mask
        values = {index: difference(index) + last.get(index, 0) for index in indexes(mask)}
        rows.append((stamp, values))
        last.update(values)
    return [
        Row(
            number + i * row_step + row.pop(channel_count, 0),
            boot,
            *(divmod(at, 1000) if has_ms else (at, None)),
            row,
        )
        for i, (at, row) in enumerate(rows)
    ]


def varints(source):
    """Yield (change of the time step, new mask or None, what reads a difference)."""
    while source.at < len(source.payload):
        first = source.varint()
        change, mask, ahead = 0, None, [unzigzag(first >> 1)]
        if first & 1:
            head = source.varint()
            change, mask = unzigzag(head >> 1), source.varint() if head & 1 else None
        yield change, mask, lambda _, ahead=ahead: ahead.pop() if ahead else source.signed()


def codes(source):
    """Yield the same of a Rice frame."""
    bits, states = Bits(source.payload[source.at :]), {}

    def read(index):
        return states.setdefault(index, Code()).read(bits)

    while not bits.ended():
        change, mask = 0, None
        if not bits.number(1):
            has_mask = bits.number(1)
            change = read("time")
            mask = bits.sized() if has_mask else None
        yield change, mask, read


def read_segment(content):
    """(first row, readings before it, if it has ms, (decimals, name, unit)s, rows), or None."""
    found = frames(content)[0]
    if not found or found[0][0] != SEGMENT:
        return None
    head = Bytes(found[0][1])
    version, first_row, readings_before, flags = (head.varint() for _ in range(4))
    row_step = head.varint() if flags & THINNED else 1
    count = head.varint()
    sources = [Bytes(payload) for kind, payload in found[1 : 1 + count] if kind == CHANNEL]
    if version != 1 or [source.byte() for source in sources] != list(range(count)):
        return None
    channels = [(source.byte(), source.text(), source.text()) for source in sources]
    rows = [
        row
        for frame in found
        if frame[0] in (ROWS, RICE_ROWS)
        for row in rows_of(*frame, row_step, count)
    ]
    return first_row, readings_before, bool(flags & MILLISECONDS), channels, rows


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
    rows, channels, last = [], [], -1
    for content in segment_files(data_folder).values():
        segment = read_segment(content)
        if segment is None:
            continue
        *_, channels, found = segment
        rows += [(row, channels) for row in found if row.number > last]
        last = max([last, *(row.number for row in found)])
    row_file = Path(data_folder, "rows", "open")
    for kind, payload in frames(row_file.read_bytes())[0] if row_file.exists() else ():
        rows += [(row, channels) for row in rows_of(kind, payload) if row.number > last]
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
    """All thirteen fields; 0.1.0 wrote the first seven, later ones eleven."""
    return struct.unpack("<IBIIIIIIIIIII", small_file(content).ljust(49, b"\0"))


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
    gaps = [
        (row, tuple(stamps[:4]), tuple(stamps[4:]))
        for row, *stamps in struct.iter_unpack("<IBIIHBIIH", payload[4:])
    ]
    return int.from_bytes(payload[:4], "little"), gaps


def read_rtc(memory):
    """The state as a dict, or None after a power cut, and the rows that wait in the stage."""
    states = [read_state(memory[at : at + COPY_SIZE]) for at in (0, COPY_SIZE)]
    _, is_old, state = max((each for each in states if each), default=(0, False, None))
    if state is None:
        return None, []
    if is_old:
        return state, old_stage_rows(memory)
    return state, stage_rows(memory)


def read_state(copy):
    """(sequence, if 0.1.0 wrote it, fields), or None."""
    for magic, fields in ((MAGIC, STATE), (OLD_MAGIC, STATE[:OLD_FIELD_COUNT])):
        form = "<4sI" + "".join(kind for _, kind in fields)
        payload = small_file(copy[: struct.calcsize(form) + 4])
        if payload and payload[:4] == magic:
            _, sequence, *values = struct.unpack(form, payload)
            names = (name for name, _ in fields)
            return sequence, magic == OLD_MAGIC, dict(zip(names, values, strict=True))
    return None


def old_stage_rows(memory):
    rows, at = [], STAGE_OFFSET
    while at + 1 < len(memory):
        end = at + 6 + memory[at + 1]
        found, damaged = frames(memory[at:end])
        if damaged or end > len(memory):
            break
        rows += rows_of(*found[0])
        at = end
    return rows


def stage_rows(memory):
    """The rows that wait by the best record."""
    size = struct.calcsize(RECORD_FORMAT) + 4
    payloads = [
        small_file(memory[at : at + size]) for at in (RECORD_OFFSET, COPY_SIZE + RECORD_OFFSET)
    ]
    choices = []
    for payload in filter(None, payloads):
        sequence, at, bits, _, waiting, first, crc = struct.unpack(RECORD_FORMAT, payload)
        whole, damaged = frames(memory[STAGE_OFFSET:at])
        opened = open_frame(memory, at, bits, crc)
        worth = 2 * (opened is not None or not bits) + (not damaged)
        rows = [row for frame in whole + (opened or []) for row in rows_of(*frame)]
        rows = [row for row in rows if row.number >= first] if waiting else []
        choices.append((worth if waiting else 3, sequence, rows))
    return max(choices)[2] if choices else []


def open_frame(memory, at, bits, crc):
    """A list of the (kind, payload) that the record tells of, or None."""
    frame = bytearray(memory[at : at + (bits + 7) // 8])
    if not frame:
        return None
    frame[1] = len(frame) - 2
    frame[-1] |= (1 << -bits % 8) - 1
    return frames(bytes(frame) + struct.pack("<I", crc))[0] or None
