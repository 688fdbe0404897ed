"""The bytes of a ledger. Loaded to read or write one."""

import struct

from micropython import const

# 64 bits for what counts rows or readings: 20 years at 100 Hz and three axes.
_FORM = "<QBQQQQQQIQQQQHB"
_FIELDS = (
    "row", "channel", "delivered", "set_aside", "dropped", "thinned", "damaged", "before",
    "denied_s", "others", "doubted", "count_limit", "passes",
)  # fmt: skip
# The two numbers of `thin` stand before the field that has this place.
_THIN_AT = const(9)


def take(ledger, content) -> None:
    """Set a Ledger's fields to the saved ones, 0 without a saved one.

    Later versions add fields at the end: a ledger may be shorter than ours, or longer.
    """
    size = struct.calcsize(_FORM)
    content = (content or b"")[:size]
    values = list(struct.unpack(_FORM, content + bytes(size - len(content))))
    ledger.thin = tuple(values[_THIN_AT : _THIN_AT + 2])
    del values[_THIN_AT : _THIN_AT + 2]
    for i, name in enumerate(_FIELDS):
        setattr(ledger, name, values[i])


def packed(ledger) -> bytes:
    """Return the bytes of a Ledger."""
    values = [getattr(ledger, name) for name in _FIELDS]
    return struct.pack(_FORM, *values[:_THIN_AT], *ledger.thin, *values[_THIN_AT:])
