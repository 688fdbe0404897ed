"""The process of a Machine: it runs MicroPython once for each message on its link.

The arguments are SHIMS LINK REGISTERS FLASH HEAP [EXTRA…]: the folder of the compiled shims, three
descriptors, the size of the heap, and the shims that only some nodes need. Of a run remains only
its memory, which the interpreter does not free.
"""

import ctypes
import mmap
import os
import socket
import sys

from micropython_module import run_main

from wherry_host.virtual.parent import die_with_parent

#: The message after a run.
DONE = b"."


def main(shims, link, registers, flash, heap_size, *extras):
    """Run MicroPython until the link's other end is closed."""
    die_with_parent()
    shared, content = (mmap.mmap(int(each), 0) for each in (registers, flash))
    place = _address(shared), link, _address(content), len(content)
    os.environ.update(
        TZ="UTC0", MICROPYPATH=shims, BOARD=" ".join(map(str, place)), SHIMS=" ".join(extras)
    )
    connection = socket.socket(fileno=int(link))
    heap = ["-X", f"heapsize={heap_size}"]
    while connection.recv(1):
        run_main(["micropython", *heap, "-c", "import _start; _start.main()"])
        connection.send(DONE)


def _address(memory):
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


if __name__ == "__main__":
    main(*sys.argv[1:])
