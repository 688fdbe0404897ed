"""Sizes and forms that a queue's files have."""

from micropython import const

# How often room is looked for while a segment fills.
LOOKS = const(8)
# What littlefs keeps inline in its folder's log, where rewriting it is almost free.
INLINE_SIZE_MAX = const(128)
# Of the note: tail, schema, row, readings, flags.
NOTE_FORM = "<QIQQB"
