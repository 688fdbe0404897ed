"""The functions that a tool uses on the board, sent once per connection.

They hold one small buffer, and no file is open between calls. On a node, they set the watchdog,
which cannot be stopped, to ten minutes, and each of the tool's commands feeds it. So a node whose
cable is pulled restarts by itself.
"""

BOARD_CODE = """
import os, sys, hashlib, binascii
def _hash(path):
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while True:
                part = file.read(512)
                if not part:
                    return binascii.hexlify(digest.digest()).decode()
                digest.update(part)
    except OSError:
        return None
def _size(path):
    try:
        return os.stat(path)[6]
    except OSError:
        return 0
def _walk(folder, say, inside=""):
    try:
        entries = list(os.ilistdir(folder + inside))
    except OSError:
        return
    for entry in entries:
        path = inside + "/" + entry[0]
        if entry[1] & 0x4000:
            _walk(folder, say, path)
        else:
            print(repr((path[1:], say(folder + path))))
def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
def _open(path, mode):
    for i in range(1, len(path)):
        if path[i] == "/":
            try:
                os.mkdir(path[:i])
            except OSError as error:
                if error.errno != 17:
                    raise
    return open(path, mode)
def _mac():
    import machine
    return machine.unique_id()
def _identity():
    seen = sys.implementation
    return getattr(seen, "_build", ""), seen._machine
def _free():
    s = os.statvfs("/")
    return s[0] * s[3]
def _ring():
    from esp32 import Partition
    found = Partition.find(Partition.TYPE_DATA, label="wlog")
    return found[0] if found else None
_watchdog = None
if _size("/slot"):
    from machine import WDT
    _watchdog = WDT(timeout=600_000)
def _fed(value=None):
    if _watchdog:
        _watchdog.feed()
    return value
"""
