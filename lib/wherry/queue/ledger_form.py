"""The encoding of a ledger. Loaded to read or write one."""

import struct

from micropython import const

# 64 bits for counts of rows or readings: 20 years at 100 Hz and three axes.
_FORM = "<QBQQQQQQIQQQQHBB"
_FIELDS = (
    "row", "channel", "delivered", "set_aside", "dropped", "thinned", "damaged", "before",
    "denied_s", "others", "doubted", "count_limit", "passes", "gzip",
)  # fmt: skip
# The two numbers of `thin` come before the field with this index.
_THIN_AT = const(9)


def take(ledger, content) -> None:
    """Set a Ledger's fields from its saved content, missing ones to 0.

    Later versions add fields at the end, so a ledger may be shorter or longer than this form.
    """
    size = struct.calcsize(_FORM)
    content = (content or b"")[:size]
    values = list(struct.unpack(_FORM, content + bytes(size - len(content))))
    ledger.thin = tuple(values[_THIN_AT : _THIN_AT + 2])
    del values[_THIN_AT : _THIN_AT + 2]
    for i, name in enumerate(_FIELDS):
        setattr(ledger, name, values[i])


def packed(ledger) -> bytes:
    """Return a Ledger as bytes."""
    values = [getattr(ledger, name) for name in _FIELDS]
    return struct.pack(_FORM, *values[:_THIN_AT], *ledger.thin, *values[_THIN_AT:])
