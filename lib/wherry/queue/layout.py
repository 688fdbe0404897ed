"""Sizes and forms of a queue's files."""

from micropython import const

# The number of checks for room while a segment fills.
LOOKS = const(8)
# The largest file that littlefs keeps inline in its folder's log, where a rewrite is almost free.
INLINE_SIZE_MAX = const(128)
# The note: tail, schema, row, readings, flags.
NOTE_FORM = "<QIQQB"
