"""The bytes of a ledger. Loaded to read or write one."""

import struct

from micropython import const

# 64 bits for what counts rows or readings: 20 years at 100 Hz and three axes.
_FORM = "<QBQQQQQQIQQQQHB"
_OLD_FORM = "<IBIIIIIIIIIII"
_FIELDS = (
    "row", "channel", "delivered", "set_aside", "dropped", "thinned", "damaged", "before",
    "denied_s", "others", "doubted", "count_limit", "passes",
)  # fmt: skip
# The two numbers of `thin` stand before the field that has this place.
_THIN_AT = const(9)
# Of a ledger that ends before `count_limit`.
_SIZE_MIN = const(93)
# Versions before 0.1.0 ended after `damaged` or a later field.
_OLD_SIZE_MIN = const(25)


def take(ledger, content) -> None:
    """Set a Ledger's fields to what was saved, in today's form or an earlier one; 0 without it."""
    size = len(content or b"")
    form = _OLD_FORM if size < _SIZE_MIN else _FORM
    form_size = struct.calcsize(form)
    if not content or not _OLD_SIZE_MIN <= size <= form_size:
        content = b""
    values = list(struct.unpack(form, content + bytes(form_size - len(content))))
    values += (0, 0)  # The old form has none for the last two fields.
    ledger.thin = tuple(values[_THIN_AT : _THIN_AT + 2])
    del values[_THIN_AT : _THIN_AT + 2]
    for i, name in enumerate(_FIELDS):
        setattr(ledger, name, values[i])


def packed(ledger) -> bytes:
    """Return the bytes of a Ledger, in today's form."""
    values = [getattr(ledger, name) for name in _FIELDS]
    return struct.pack(_FORM, *values[:_THIN_AT], *ledger.thin, *values[_THIN_AT:])
