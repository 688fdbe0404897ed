"""Read /data on a board at a serial port; the node is interrupted, and restarted later."""

import binascii
import struct

from wherry_host.compile.slot_file import SlotFile
from wherry_host.install.node_port import NodePort
from wherry_host.install.slots import running, words_of
from wherry_host.owner.about import about_in
from wherry_host.partitions import BLOCK_SIZE

_PART_SIZE = 1536
# The size of a part of a ring's page; a page is a block of the flash.
_RING_PART_SIZE = 1024

# This runs on the board after a PortTarget's code. Base64 is the shortest form that the raw REPL
# carries.
_BOARD_CODE = """
def _remount():
    # As a node on battery mounts it: firmware/boot/on_battery.py has the reason.
    import vfs
    try:
        from flashbdev import bdev
    except ImportError:
        return
    try:
        made = vfs.VfsLfs2(bdev, readsize=256)
    except (OSError, MemoryError):
        return
    vfs.umount("/")
    vfs.mount(made, "/")
_remount()
def _part(path, at, size):
    try:
        with open(path, "rb") as file:
            file.seek(at)
            return binascii.b2a_base64(file.read(size))
    except OSError:
        return None
def _held(label):
    import json
    try:
        with open("/data/sessions/" + label, "rb") as file:
            return json.loads(file.read()[:-4])["held"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
def _rtc():
    import machine
    if hasattr(machine, "mem_backup"):
        return binascii.b2a_base64(machine.mem_backup())
    return binascii.b2a_base64(machine.RTC().memory())
def _ring_pages():
    ring, head = _ring(), bytearray(24)
    used = []
    for page in range(ring.ioctl(4, 0) if ring else 0):
        ring.readblocks(page, head, 0)
        if head != b"\\xff" * 24:
            used.append(page)
    return used
def _ring_part(page, at, size):
    part = bytearray(size)
    _ring().readblocks(page, part, at)
    return binascii.b2a_base64(bytes(part).rstrip(b"\\xff"))
def _filesystem():
    s = os.statvfs("/")
    return (s[2] - s[3]) * s[0], s[2] * s[0]
"""


class DataPort(NodePort):
    """A NodePort that reads the files in /data in parts, to fit a small heap."""

    OWN_CODE = _BOARD_CODE

    def sizes(self, folder):
        """Return {path inside the folder: size in bytes} of all files in a folder."""
        return self._walked(folder, "_size")

    def parts(self, path, size):
        """Yield a file's bytes up to a size; stop at bytes that the board cannot read."""
        for at in range(0, size, _PART_SIZE):
            self._look()
            part = self._eval(f"_part({path!r}, {at}, {min(_PART_SIZE, size - at)})")
            if part is None:
                return
            yield binascii.a2b_base64(part)

    def ring_pages(self):
        """Return the numbers of the ring's pages that are not erased."""
        return self._eval("_ring_pages()")

    def ring_parts(self, page):
        """Yield the bytes of a page of the ring."""
        for at in range(0, BLOCK_SIZE, _RING_PART_SIZE):
            self._look()
            sent = self._eval(f"_ring_part({page}, {at}, {_RING_PART_SIZE})")
            # The erased end of a page is omitted.
            yield binascii.a2b_base64(sent).ljust(_RING_PART_SIZE, b"\xff")

    def slot(self):
        """Return the SlotFile that starts next, or None."""
        name = running(words_of(self))
        try:
            return SlotFile(lambda at, size: self._bytes(f"/{name}", at, size))
        except (ValueError, struct.error):
            return None

    def _bytes(self, path, begin, size):
        """Return bytes of a file, fewer if it ends earlier."""
        found = b""
        for at in range(0, size, _PART_SIZE):
            part = self._eval(f"_part({path!r}, {begin + at}, {min(_PART_SIZE, size - at)})")
            found += binascii.a2b_base64(part or b"")
        return found

    def about(self):
        """Return the content of `about_in`, or None if the board has no slot that starts."""
        slot = self.slot()
        return about_in(words_of(self), slot) if slot else None

    def held(self, label):
        """Return the channels of an uplink that its server does not know."""
        return self._eval(f"_held({label!r})")

    def rtc_memory(self):
        """Return the bytes of RTC memory."""
        return binascii.a2b_base64(self._eval("_rtc()"))

    def filesystem_sizes(self):
        """Return the numbers of (used, all) bytes of the filesystem."""
        return self._eval("_filesystem()")
