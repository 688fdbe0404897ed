"""Memory reserved for a TLS context while none exists: later no hole may be large enough.

It is a list, the only type that frees its memory immediately. Loaded on demand.
"""

import gc
import sys

# The number of pointers that need as much as a connection's context, its largest object: 3,048
# bytes with 64-bit pointers, plus a block for the list itself and four for allocations in between.
# The number was not measured with 32-bit pointers.
_POINTER_COUNT = 401 if sys.maxsize >> 31 else 480


def kept():
    """Return the list, or [] without enough memory: the next connection must then find it."""
    gc.collect()
    try:
        return [None] * _POINTER_COUNT
    except MemoryError:
        return []
