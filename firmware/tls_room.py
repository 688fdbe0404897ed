"""The room of a TLS context, kept while there is none: later no hole might be as large.

It is a list, the one type that gives its memory back at once. Loaded on demand.
"""

import gc
import sys

# Pointers that take as much as the context of a connection, its largest object: 3,048 bytes where
# these have 64 bits, with a block for the list itself and four for what comes in between. Where
# they have 32 it was not measured.
_POINTER_COUNT = 401 if sys.maxsize >> 31 else 480


def kept():
    """Return the list, [] where there is no such room: then the next connection has to find it."""
    gc.collect()
    try:
        return [None] * _POINTER_COUNT
    except MemoryError:
        return []
