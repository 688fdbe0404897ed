"""Copy a node's /data to a temporary folder for its owner to read; the node is not changed.

A place is a folder (a copy of /data, or a virtual board's folder), a file with the flash (a
board's filesystem, or all of it) or a serial port. From a file or a port, a ring is also copied.
`settings` and `sessions` are never copied, because they have secrets.
"""

import json
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import littlefs

from wherry_host.errors import EmptyPlaceError, PlaceError
from wherry_host.owner.about import read_about
from wherry_host.owner.data_port import DataPort
from wherry_host.systems import names_port, port_example
from wherry_host.virtual.image import BLOCK_SIZE, READING, Image, ring_of

_KINDS = f"a port such as {port_example()}, a copy of a node's /data, or an image of its flash"
_NUMBERED = re.compile(r"(schemas|aside)/[0-9a-f]{8}|(rows|segments/[0-9a-f]{10})/[0-9a-f]{10}")
_NAMED = re.compile(r"cursors/\w[\w-]*(~[0-9a-f]{8})?|orders/\w[\w-]*(\.new)?")
_OTHERS = ("rows/open", "rows/tail", "segments/thinned", "boot", "anchors", "crash", "gaps")
# Unfinished files that a cut may leave behind, and files with secrets.
_LEFT_OUT = re.compile(r"aside/new|orders/.*\.tmp|sessions/.*")
# littlefs SPEC.md: the superblock begins with the revision, a tag and the magic; then come a tag,
# the version and the sizes.
_MAGIC, _MAGIC_AT, _SIZES_AT = b"littlefs", 8, 24


@dataclass
class Uplink:
    """The channels of an uplink: `selection` is [channels, names], or None for all channels under
    their own names; `held` are the channels that its server does not know.
    """

    selection: list | None = None
    held: list[str] = field(default_factory=list)


@dataclass
class Copy:
    """`folder` holds the copied files. `node` is the settings' section [node], {} if unknown.
    `uplinks` {label: Uplink} are the uplinks that the settings name, `version` is that of
    about.py; both are None if unknown.

    `used` and `size` are the filesystem's bytes, or 0 if unknown. `rtc` is RTC memory or None.
    `ring` is the whole partition `wlog`, or None if there is none or it was never used. `faults`
    has a line for each part that could not be copied.
    """

    folder: Path
    node: dict = field(default_factory=dict)
    uplinks: dict[str, Uplink] | None = None
    version: dict | None = None
    used: int = 0
    size: int = 0
    rtc: bytes | None = None
    ring: bytes | None = None
    faults: list[str] = field(default_factory=list)

    def put(self, name, content):
        """Store a file of /data."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@contextmanager
def copied(place, progress=None, look=lambda: None, beside=None):
    """Yield a Copy of a place's content. Raises PlaceError, or DeployError for a port.

    `progress(done, total)` is called with bytes; `look` is called in between and may raise an
    exception. The copy is in the folder `beside`, or among the temporary files.
    """
    path = Path(place)
    with tempfile.TemporaryDirectory(prefix="wherry-", dir=beside) as temporary:
        copy = Copy(Path(temporary, "data"))
        copy.folder.mkdir()
        try:
            if (path / "flash.img").is_file():
                _from_image(path / "flash.img", copy)
            elif path.is_dir():
                _from_folder(path, copy)
            elif path.is_file():
                _from_image(path, copy)
            elif names_port(place) or path.exists():
                _from_port(place, copy, progress, look)
            else:
                raise PlaceError(f"{place}: No such file or directory; give {_KINDS}")
        except OSError as error:
            raise PlaceError(f"{place}: {error.strerror or error}; give {_KINDS}") from None
        if not any(copy.folder.iterdir()):
            raise EmptyPlaceError(f"{place}: has no node data yet; give {_KINDS}")
        yield copy


def wanted(name):
    """Return True if the queue is read from the file of /data with this name."""
    return name in _OTHERS or bool(_NUMBERED.fullmatch(name) or _NAMED.fullmatch(name))


def _from_folder(root, copy):
    if (root / "data").is_dir():
        root = root / "data"
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and wanted(name):
            copy.put(name, path.read_bytes())
        elif path.is_file() and "/" in name and not _LEFT_OUT.fullmatch(name):
            copy.faults.append(f"{name}: not a file of a node; left out")
    _take_about(
        copy,
        read_about(lambda name: _content(root.parent / name.replace("data/", f"{root.name}/", 1))),
        lambda label: _held(_content(root / "sessions" / label)),
    )


def _from_image(path, copy):
    part = copy.folder.parent / "filesystem.img"
    for start, size in _filesystems(path):
        with path.open("rb") as whole, part.open("wb") as file:
            whole.seek(start)
            shutil.copyfileobj(_Part(whole, size), file)
        try:
            with Image(part, READING) as image:
                _from_filesystem(image, copy)
            copy.ring = ring_of(path)
            return
        except littlefs.LittleFSError:
            continue  # The bytes only look like a superblock, or it is incomplete.
    raise PlaceError(
        f"{path}: holds no littlefs that can be read; dump it from the board again, as a whole: "
        "esptool read-flash 0 ALL flash.bin"
    )


def _from_filesystem(image, copy):
    for path in sorted(image.files()):
        name = path.removeprefix("data/")
        if path == name or not wanted(name):
            continue
        try:
            copy.put(name, image.read(path))
        except littlefs.LittleFSError as error:
            copy.faults.append(f"{name}: cannot be read ({error}); left out")

    def content(name):
        with suppress(littlefs.LittleFSError, FileNotFoundError):
            return image.read(name)

    _take_about(copy, read_about(content), lambda label: _held(content(f"data/sessions/{label}")))
    copy.size = image.fs.block_count * BLOCK_SIZE
    copy.used = image.fs.used_block_count * BLOCK_SIZE


def _filesystems(path):
    """Yield (start, size) in bytes of each possible littlefs, from the superblocks in the file."""
    total = path.stat().st_size
    with path.open("rb") as file:
        for at in range(0, total - BLOCK_SIZE + 1, BLOCK_SIZE):
            file.seek(at)
            head = file.read(_SIZES_AT + 8)
            if head[_MAGIC_AT : _MAGIC_AT + len(_MAGIC)] != _MAGIC:
                continue
            block_size = int.from_bytes(head[_SIZES_AT : _SIZES_AT + 4], "little")
            size = int.from_bytes(head[_SIZES_AT + 4 :], "little") * BLOCK_SIZE
            # The superblock is in two blocks; a cut may have left only the second one.
            for start in (at, at - BLOCK_SIZE):
                if block_size == BLOCK_SIZE and start >= 0 and 0 < size <= total - start:
                    yield start, size


class _Part:
    """The next `size` bytes of a file, as a file."""

    def __init__(self, file, size):
        self._file, self._left = file, size

    def read(self, size):
        part = self._file.read(min(size, self._left))
        self._left -= len(part)
        return part


def _from_port(port, copy, progress, look):
    with DataPort(port, look=look) as board:
        try:
            sizes = {name: size for name, size in board.sizes("/data").items() if wanted(name)}
            pages = board.ring_pages()
            done, total = 0, sum(sizes.values()) + len(pages) * BLOCK_SIZE

            def take(parts):
                nonlocal done
                content = bytearray()
                for part in parts:
                    content += part
                    done += len(part)
                    if progress:
                        progress(done, total)
                return content

            for name in sorted(sizes):
                content = take(board.parts(f"/data/{name}", sizes[name]))
                if len(content) < sizes[name]:
                    copy.faults.append(f"{name}: the board cannot read it; left out from there")
                copy.put(name, content)
            ring = bytearray(b"\xff" * board.ring_size())
            for page in pages:
                at = page * BLOCK_SIZE
                ring[at : at + BLOCK_SIZE] = take(board.ring_parts(page))
            copy.ring = bytes(ring) if pages else None
            copy.rtc = board.rtc_memory()
            _take_about(copy, board.about(), board.held)
            copy.used, copy.size = board.filesystem_sizes()
        finally:
            board.restart()


def _content(path):
    return path.read_bytes() if path.is_file() else None


def _take_about(copy, about, held):
    """Copy the section [node] of the settings, the channels of each uplink and the version.

    `held(label)` returns the channels of an uplink that its server does not know.
    """
    if about:
        copy.node, copy.version = about["node"], about["version"]
    if about and about["uplink"] is not None:
        copy.uplinks = {
            uplink["label"]: Uplink(uplink["selection"], held(uplink["label"]))
            for uplink in about["uplink"]
        }


def _held(content):
    """Return the held channels in a session's file; [] if it does not exist."""
    try:
        # A session is a small file, followed by its CRC-32.
        return json.loads((content or b"")[:-4])["held"]
    except (ValueError, KeyError, TypeError):
        return []
