"""The chip firmware's work at boot: mount the filesystem, set paths, run boot.py and main.py."""

import gc
import os
import usys

import _board


class Flash:
    # The filesystem's start in the image.
    start = 0

    # A flash without a partition table: a bare filesystem, which erases before it programs. The
    # GC may close a file, so this code only uses seek, readinto and write of a raw file, which do
    # not allocate. littlefs uses the chip's units: one call is one read, program or erase.
    def __init__(self, path):
        self.file = open(path, "r+b", 0)
        self.count = self.file.seek(0, 2) // 4096

    def readblocks(self, block, buf, offset=0):
        self.file.seek(block * 4096 + offset)
        self.file.readinto(buf)
        _board.count(0, len(buf))

    def writeblocks(self, block, buf, offset=0):
        _board.count(2, len(buf))
        self._write(block * 4096 + offset, buf)

    def _write(self, at, buf):
        self.file.seek(at)
        regs = _board.regs
        if regs.writes_left:
            regs.writes_left -= 1
            if not regs.writes_left:
                self.file.write(buf, len(buf) // 2)
                _board.call(b"X")
        self.file.write(buf)

    def ioctl(self, request, block):
        if request == 4:
            return self.count
        if request == 5:
            return 4096
        if request == 6:
            _board.count(4, 4096)
            self._write(block * 4096, _board.erased)
        return 0


def run(name, space):
    try:
        with open(name) as file:
            text = file.read()
    except OSError:
        return
    try:
        program = compile(text, name, "exec")
        # The chip reads the source piece by piece and does not keep it.
        text = None
        exec(program, space)
    except SystemExit:
        # A soft reset: the process must end, not show the prompt.
        os.unsetenv("MICROPYINSPECT")
        raise
    except BaseException as error:
        usys.print_exception(error)


def opened(path, *place):
    if place:
        return __import__("_flash").opened(path, *place)
    return Flash(path)


def start(device):
    import vfs

    shims = (os.getenv("SHIMS") or "").split()
    if "_flash_log" in shims:
        __import__("_flash_log").log(type(device))
    filesystem = vfs.VfsLfs2(device)
    # The largest comes first, without garbage in between, so that a bare boot needs little more
    # than it keeps.
    for name in ("machine", "socket", "network", "time", "esp32", "select", "errno", "_sys"):
        gc.collect()
        __import__(name)
    for name in shims:
        __import__(name)
    modules = usys.modules
    modules["sys"] = modules["_sys"]
    for name in ("errno", "machine", "select", "socket", "sys", "time"):
        modules["u" + name] = modules[name]
    for name in ("_boot", "_fields", "_sys"):
        del modules[name]
    # The module of the chip's firmware that holds the filesystem's partition.
    modules["flashbdev"] = type("flashbdev", (), {"bdev": device})
    vfs.umount("/")
    vfs.mount(filesystem, "/")
    os.chdir("/")
    usys.path[:] = ["", ".frozen", "/lib"]


def main():
    import __main__

    del usys.argv[:]
    start(opened(os.getenv("FLASH"), *os.getenv("BOARD").split()[3:]))
    os.putenv("MICROPYINSPECT", "1")
    gc.collect()
    run("boot.py", __main__.__dict__)
    if not _board.regs.raw_repl:
        run("main.py", __main__.__dict__)
