"""The layout of RTC memory, 2,048 bytes that survive deep sleep and crashes.

    0     state, copy A (328 B)   magic, sequence, the fields of state.py, CRC32
    328   mark (4 B)              how the last run ended, see firmware/board/rtc.py
    332   records, slots A and B (28 B each)   sequence, the valid rows, CRC32
    388   rows: whole frames, the last of which is open
    1661  the sleep clock (19 B)   see time/sleep_clock.py
    1680  pulses (40 B)           pulse counters, see firmware/board/pulses.py
    1720  state, copy B; the newer intact one counts

docs/spec.md has each field.
"""

from micropython import const

SIZE = const(2048)
COPY_SIZE = const(328)
COPY_B_AT = const(1720)
MARK_AT = const(328)
RECORD_AT = const(332)
RECORD_SIZE = const(28)
ROWS_AT = const(388)
# The end of the rows.
SLEEP_CLOCK_AT = const(1661)
# If the open frame is at or past this offset, only one more frame has room after it.
FULL_AT = const(1461)
MAGIC = b"Wy\x03\x00"

# The struct codes of magic, sequence and the fields; q is ms since 2000 or ticks, Q counts rows
# and readings, above a small int on the chip.
FORM = "<4sIIqqqBqqiqiqqqqBIIQQIB16sq4sIqBqIII34sqq80s"
# The offset in a copy of the 6 bytes of power/level.py: in the last field, after the bytes of the
# uplinks.
BATTERY_AT = const(248)
# In the last field, after them: a byte with the choice of power/cadence.py, or 0 if not known;
# then three bytes, the highest first: the time between two rows in this unit, or 0.
CADENCE_AT = const(12)
CADENCE_UNIT_MS = const(100)
# After them: two bits for each alarm (sampling/alarms.py), and in the last byte a bit that is set
# from a change until an upload begins.
ALARMS_AT = const(16)
ALARMS_PENDING_AT = const(19)
ALARMS_PENDING = const(128)
# After them: the access point joined last, zeros if none is known.
BSSID_AT = const(20)
# After it: four times of 6 bytes each; see power/charge.py.
CHARGE_AT = const(26)
# After them: the number of a period, and 6 values of 4 bytes each; see sampling/changes.py.
PERIOD_AT = const(50)
VALUES_AT = const(52)
# After them: the uploads in a row in which no time server answered, see time_sources/. At this
# number Dates replace them, and the byte counts these too.
SILENT_AT = const(76)
SILENT_MAX = const(3)
# After a byte for later, up to the field's end: the uncertainty of the last time learned, in ms.
UNCERTAINTY_AT = const(78)
# Sequence; offset of the open frame, end of its rows in bits, their count; count of waiting rows
# and the number of the first one; CRC of the open frame.
RECORD = "<IHHHHQI"

# Uplinks, including those of channels in quarantine, and the bytes of state for each.
UPLINK_COUNT_MAX = const(6)
UPLINK_SIZE = const(5)
