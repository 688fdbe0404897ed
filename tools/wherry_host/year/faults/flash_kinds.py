"""Faults of the flash: bits that flip in the files of the queue."""

from random import Random

from wherry_host.account.flash import data_files, read_flash
from wherry_host.account.spec.frames import CHANNEL, SEGMENT
from wherry_host.account.spec.queue import segment_names
from wherry_host.virtual.image import PARAMETERS

# A smaller file is within its folder's log, whose bits littlefs guards by itself.
_FILE_SIZE_MIN = 1_024
# A byte is found by those around it, in the same block.
_AROUND = 12
_BLOCK_SIZE, _POINTER_SIZE = PARAMETERS["block_size"], 4
_TRY_COUNT = 50
# Kind, size and CRC of a frame.
_FRAME_MORE_SIZE = 6
_AWAKE_US = 1_000_000


def flip_bits(life, fault):
    """Flip one to six bits (the strength) of segments, as soon as a node on battery sleeps.

    A node on mains reads the head of its last segment only at a start, so until then it adds rows
    to one whose head is damaged. Its heads are left alone, as no witness could read these rows.
    """
    if life.begin_us is not None and life.site.node.sleeps:
        life.clock.after(_AWAKE_US, flip_bits, life, fault)
        return
    content, chance = life.flash.memory.content, Random(str(fault))
    before = bytes(content)
    files = data_files(before)
    segments = [files[name] for name in segment_names(files).values()]
    segments = [each for each in segments if len(each) >= _FILE_SIZE_MIN]
    for _ in range(1 + fault.strength // 20 if segments else 0):
        segment = chance.choice(segments)
        _flip(content, segment, 0 if life.site.node.sleeps else _head_size(segment), chance)
    life.flash.is_stale = True
    # The node reads the row file also if the segment that names its channels is damaged.
    flash, after = (read_flash(each, without=("rows/open",)) for each in (before, bytes(content)))
    for each in flash.readings:
        if each.row_key not in after.row_keys:
            life.left.note(each, "damaged")
            life.left.damaged.append((flash, each))


def _head_size(segment):
    at = 0
    while at + 1 < len(segment) and segment[at] in (SEGMENT, CHANNEL):
        at += segment[at + 1] + _FRAME_MORE_SIZE
    return at


def _flip(content, segment, begin, chance):
    """Flip a bit of a segment in the content of the flash, and in its older copies.

    The frames of the row file have the same bytes, within a folder's log.
    """
    for _ in range(_TRY_COUNT if begin + 2 * _AROUND < len(segment) else 0):
        at = chance.randrange(begin + _AROUND, len(segment) - _AROUND)
        bit = 1 << chance.randrange(8)
        around, found = segment[at - _AROUND : at + _AROUND], -1
        places = []
        while (found := content.find(around, found + 1)) >= 0:
            if (found + _AROUND) % _BLOCK_SIZE == _in_block(at):
                places.append(found + _AROUND)
        for place in places:
            content[place] ^= bit
        if places:
            return


def _in_block(at):
    """Return the offset of a file's byte in its block (littlefs' SPEC.md, "CTZ skip-lists").

    Block 0 begins with data; block n with a pointer, and one more for each factor 2 of n.
    """
    number, offset = 0, at
    while offset >= _BLOCK_SIZE:
        offset -= _BLOCK_SIZE
        number += 1
        offset += _POINTER_SIZE * (number & -number).bit_length()
    return offset
