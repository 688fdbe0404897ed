"""The 8-byte fields of the shared registers, in order; board and supervisor import this list.

Times are in microseconds: `*_true_us` is true Unix time, `base_rtc_us` is the RTC clock since
2000. After LONG_FIELDS, the board uses only the lower four bytes. A single aligned store changes a
field, so a kill at any moment leaves the old or the new value.
"""

LONG_FIELDS = (
    "base_true_us",
    "base_rtc_us",
    "drift_ppb",
    "boot_true_us",
    "ticks_start_us",
    "wdt_deadline_us",
    "device_id",
)
FIELDS = LONG_FIELDS + (
    "wdt_timeout_ms",
    "memory_size",
    "reset_cause",
    "wake_reason",
    "raw_repl",
    "interrupt",
    "air",
    "wifi_status",
    "wifi_connected",
    "writes_left",
    "cpu_hz",
    "wake_pin",
    "wake_level",
    "powered",
    "slept_ms",
)
