"""Dated rows in the flash of a life before it begins, as after a long outage."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from littlefs import LittleFS
from wherry.health_channels import own_channels
from wherry.queue.queue import Queue
from wherry_host.clock import UNIX_2000_S
from wherry_host.virtual.image import PARAMETERS
from wherry_host.year.chip.flash_memory import Memory

STEP_S = 10
_PIECE_ROWS = 12
_SIZE_MAX = 1_500_000


def fill(life, count):
    """Put a queue of `count` rows into the flash, the last of them just before the life."""
    content = life.flash.memory.content
    memory = Memory(len(content))
    memory.content[:] = content
    block_count = len(content) // PARAMETERS["block_size"]
    made = LittleFS(memory, mount=False, **{**PARAMETERS, "block_count": block_count})
    made.mount()
    begin_s = life.site.begin_us // 1_000_000 - UNIX_2000_S
    for path, octets in files_of(life.site.node.typed, begin_s, count).items():
        made.makedirs(str(Path(path).parent), exist_ok=True)
        with made.open(path, "wb") as file:
            file.write(octets)
    made.unmount()
    content[:] = memory.content
    life.flash.is_stale = True


def files_of(typed, begin_s, count):
    """Return {path: bytes} of a queue whose last row is just before `begin_s` (since 2000)."""
    names = tuple(tuple(each) for section in typed["sensor"] for each in section["channels"])
    return _queue(names, own_channels(typed), begin_s, count)


@cache
def _queue(names, own, begin_s, count):
    """Return {path: bytes} of the files of a queue."""
    with TemporaryDirectory() as folder:
        queue = Queue(folder, names + own, False, _SIZE_MAX, own_count=len(own))
        first_s = begin_s - STEP_S * count
        for begin in range(0, count, _PIECE_ROWS):
            rows = range(begin, min(begin + _PIECE_ROWS, count))
            queue.extend([_row(first_s + STEP_S * i, i) for i in rows])
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {f"/data/{path.relative_to(folder)}": path.read_bytes() for path in files}


def _row(s, i):
    return 0, 0, s, 0, 7, [i * 7919 % 16_381, i * 5417 % 16_363, i * 3571 % 16_369]
