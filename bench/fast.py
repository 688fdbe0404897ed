"""A day of an LIS3DH at 10 Hz, with an hour without network; each sample is checked.

tests/support/node/fast_node.py is the run; it takes several minutes.
"""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from bench.rows import row

_row = partial(row, digits=3)
# The number of hours, and of minutes without network.
_FULL = 24, 60
_QUICK = 0.5, 5
_MICROPYTHON = str(Path(sys.executable).with_name("micropython"))


def measure(quick):
    """Return {key: row} for the bench's table; raises CalledProcessError if a sample differs."""
    command = [_MICROPYTHON, "-X", "heapsize=64m", "tests/support/node/fast_node.py"]
    command += [str(each) for each in (_QUICK if quick else _FULL)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    print(f"fast: {json.dumps(found)}")
    return {
        "lis3dh_24h_samples": _row(found["samples"], "", better="higher"),
        "lis3dh_24h_lost": _row(found["lost"], "", 0),
        "lis3dh_24h_drain_ratio": _row(found["drain_ratio"], "", 3, better="higher"),
        "lis3dh_24h_stamp_error_ms": _row(found["worst_stamp_error_ms"], "ms"),
        "lis3dh_24h_settled_error_ms": _row(found["settled_stamp_error_ms"], "ms"),
    }
