"""Counts the times that the charge is made of: awake, waiting, radio on; see power/charge.py.

Loaded only where the configuration has the battery's capacity.
"""

import time

import machine
from micropython import const
from wherry.power.charge import (
    AWAKE_AT,
    BOOT_MS,
    JOIN_AT,
    RADIO_AT,
    TIME_SIZE,
    WAITED_AT,
    count,
)

# The watchdog's: a run that ended in a reset lasted no longer, or a person had the console.
_RUN_MS_MAX = const(90_000)


class Charge:
    """The times of this run, in the state's `busy`; `power` is that section of the settings."""

    def __init__(self, node, power):
        self._busy = node.stage.state.busy
        self._power = power
        self._stage = node.stage
        ports = node.ports
        self._wait_ms, self._rest, self._link = ports.wait_ms, ports.rest, ports.link
        # When the radio was switched on; None while it is off.
        self._on_ms = None
        ports.wait_ms, ports.rest, ports.values = self.wait_ms, self.rest, self.values
        if node.link:
            self._watch(node.link)
        else:
            ports.link = self.link

    def wait_ms(self, ms):
        """Wait as the ports do."""
        begin = time.ticks_ms()
        self._wait_ms(ms)
        if self._on_ms is None:
            count(self._busy, WAITED_AT, _since(begin))

    def link(self, node):
        """Return the link, as the ports do."""
        link = self._link(node)
        self._watch(link)
        return link

    def _watch(self, link):
        join, close = link.open, link.close

        def join_and_count(deadline_ms):
            begin = time.ticks_ms()
            if self._on_ms is None:
                self._on_ms = begin
            try:
                join(deadline_ms)
            finally:
                count(self._busy, JOIN_AT, _since(begin))
                self._count_radio(time.ticks_ms())

        def close_and_count():
            close()
            self._count_radio(None)

        link.open, link.close = join_and_count, close_and_count

    def _count_radio(self, on_ms):
        """Count until now; from `on_ms` on it is on, None: it is off."""
        if self._on_ms is not None:
            count(self._busy, RADIO_AT, _since(self._on_ms))
        self._on_ms = on_ms

    def rest(self, due_ms):
        """Count this run, right before its deep sleep; then what the ports do."""
        if self._rest:
            self._rest(due_ms)
        count(self._busy, AWAKE_AT, _run_ms())
        self._stage.save()

    def values(self, ticks):
        """Return the charge in 0.01 mAh and, from the second day on, the days that are left."""
        from wherry.power import ledger

        busy = bytearray(self._busy)
        count(busy, AWAKE_AT, _run_ms())
        used = ledger.used_uah(busy, ticks, self._power["currents"])
        days = ledger.days_left(used, ticks, self._power["cell"])
        return [used // 10] if days is None else [used // 10, days]


def begin(node, power):
    """Have a node count its charge; what a run before took is counted if a reset ended it."""
    state = node.stage.state
    if machine.reset_cause() in (machine.HARD_RESET, machine.WDT_RESET):
        lost_ms = node.ticks() - time.ticks_ms() - state.saved_ticks
        count(state.busy, AWAKE_AT, max(0, min(lost_ms, _RUN_MS_MAX)))
    Charge(node, power)


def count_failed():
    """Count a run that ends in an error, in the newest state; all of it with the radio on if it
    is on.
    """
    import network
    from rtc import rtc_memory
    from wherry.stage.memory import BATTERY_AT, CHARGE_AT, UPLINK_COUNT_MAX
    from wherry.stage.newest import newest_copy
    from wherry.stage.rewrite import rewrite

    memory, flush = rtc_memory()
    sequence, copy = newest_copy(memory)
    if not copy:
        return
    busy_at = BATTERY_AT - UPLINK_COUNT_MAX
    busy = bytearray(copy[busy_at : busy_at + JOIN_AT + TIME_SIZE])
    run_ms = _run_ms()
    count(busy, AWAKE_AT, run_ms)
    if network.WLAN(network.STA_IF).active():
        count(busy, RADIO_AT, run_ms)
    rewrite(memory, sequence, copy, busy_at + CHARGE_AT, bytes(busy[CHARGE_AT:]))
    flush()


def _run_ms():
    """Return how long this run has been awake."""
    return time.ticks_ms() + BOOT_MS  # pyright: ignore[reportOperatorIssue]


def _since(begin):
    return time.ticks_diff(time.ticks_ms(), begin)
