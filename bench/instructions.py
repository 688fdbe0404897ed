"""Count the instructions of a MicroPython run, which do not depend on the computer's load."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.missing import MissingError

_MICROPYTHON = str(Path(sys.executable).with_name("micropython"))
_ALLOCATOR = "gc.c:gc_alloc "


def require_valgrind():
    """Raise MissingError if valgrind is missing."""
    if not shutil.which("valgrind"):
        raise MissingError("valgrind, which counts instructions: apt-get install valgrind")


def collected(arguments, heap_size, text=None):
    """Return the instruction count of a run that reads `text`, without the allocator's search.

    The length of the search depends on holes that the script's start leaves; a node has no such
    holes.
    """
    with tempfile.TemporaryDirectory(prefix="wherry-bench-") as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        command += [_MICROPYTHON, "-X", f"heapsize={heap_size}", *arguments]
        subprocess.run(command, check=True, capture_output=True, input=text, text=True)
        command = ["callgrind_annotate", "--threshold=100", f"{folder}/out"]
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    searched = [_number(line) for line in shown.splitlines() if _ALLOCATOR in line]
    if not searched:
        raise ValueError("callgrind lists no gc_alloc: this MicroPython lacks symbols")
    return _number(re.search(r".*PROGRAM TOTALS", shown)[0]) - sum(searched)


def _number(line):
    """Return the count at the start of a callgrind_annotate line."""
    return int(re.match(r"\s*([\d,]+)", line)[1].replace(",", ""))
