"""The bytes of a ledger. Loaded for the moment in which one is read or written."""

import struct

from micropython import const

# 64 bits for what counts rows or readings: 20 years at 100 Hz and three axes.
_FORM = "<QBQQQQQQIQQQQ"
_OLD_FORM = "<IBIIIIIIIIIII"
# Of 0.1.0; those of earlier versions ended behind `damaged`, or between.
_OLD_SIZE = const(49)
_OLD_SIZE_MIN = const(25)


def take(ledger, content) -> None:
    """Set a Ledger's fields to what was saved, in today's form or an earlier one; 0 without it."""
    size = len(content or b"")
    form = _FORM
    if size != struct.calcsize(_FORM):
        form = _OLD_FORM
        content = content if _OLD_SIZE_MIN <= size <= _OLD_SIZE else b""
        content += bytes(_OLD_SIZE - len(content))
    (
        ledger.row,
        ledger.channel,
        ledger.delivered,
        ledger.set_aside,
        ledger.dropped,
        ledger.thinned,
        ledger.damaged,
        ledger.before,
        ledger.denied_s,
        thin_row,
        thin_end,
        ledger.others,
        ledger.doubted,
    ) = struct.unpack(form, content)
    ledger.thin = thin_row, thin_end


def packed(ledger) -> bytes:
    """Return the bytes of a Ledger, in today's form."""
    return struct.pack(
        _FORM,
        ledger.row,
        ledger.channel,
        ledger.delivered,
        ledger.set_aside,
        ledger.dropped,
        ledger.thinned,
        ledger.damaged,
        ledger.before,
        ledger.denied_s,
        *ledger.thin,
        ledger.others,
        ledger.doubted,
    )
