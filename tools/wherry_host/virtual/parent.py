"""A process that ends with its parent, however that ends."""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def die_with_parent():
    """Have the kernel kill this process when its parent has ended."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
