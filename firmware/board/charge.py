"""Counts how long a node is awake, waits and has its radio on; see power/charge.py.

Loaded only if the configuration has the battery's capacity.
"""

import time

import chip
import machine
from micropython import const
from wherry.power.charge import AWAKE_AT, BOOT_MS, JOIN_AT, RADIO_AT, WAITED_AT, count

# The watchdog's timeout: unless a console was used, a run that ended in a reset was at most this
# long.
_RUN_MS_MAX = const(90_000)
# The same as in chip.py.
_DEEP_SLEEP_MS_MIN = const(1_000)


class Ports(chip.Ports):
    """The ports of a node that counts its charge: only one exists, so all fields are in the class.

    The times are added to the state at the end of a run. No name is private, because the host
    shortens private names, and two names of one object could become the same.
    """

    # The section [power] of the settings; if a reset ended the last run, how long it was awake.
    power = None
    lost_ms = 0
    waited_ms = joined_ms = radio_ms = 0
    # When the radio was switched on; None while it is off.
    on_ms = None

    def wait_ms(self, ms):
        """Wait, and feed the watchdog."""
        begin = time.ticks_ms()
        super().wait_ms(ms)
        if Ports.on_ms is None:
            Ports.waited_ms += _since(begin)

    @staticmethod
    def watch(link):
        """Make a link count how long it joins and how long its radio is on."""
        join, close = link.open, link.close

        def join_and_count(deadline_ms):
            begin = time.ticks_ms()
            if Ports.on_ms is None:
                Ports.on_ms = begin
            try:
                join(deadline_ms)
            finally:
                Ports.joined_ms += _since(begin)
                _count_radio(time.ticks_ms())

        def close_and_count():
            close()
            _count_radio(None)

        link.open, link.close = join_and_count, close_and_count

    def wait_until(self, due_ms, node):
        """Wait until the RTC shows due_ms: in deep sleep on battery, which does not return."""
        if self.on_battery and due_ms - chip.rtc_ms() >= _DEEP_SLEEP_MS_MIN:
            _count_run(node.stage.state.busy)
            node.stage.save()
        super().wait_until(due_ms, node)

    def values(self, node):
        """Return the charge in 0.01 mAh and, from the second day, the days left."""
        from wherry.power import ledger

        busy, ticks = bytearray(node.stage.state.busy), node.ticks()
        _count_run(busy)
        used = ledger.used_uah(busy, ticks, self.power["currents"])
        days = ledger.days_left(used, ticks, self.power["cell"])
        return [used // 10] if days is None else [used // 10, days]


def _count_radio(on_ms):
    """Count the radio's time so far; `on_ms` begins the next count, None means radio off."""
    if Ports.on_ms is not None:
        Ports.radio_ms += _since(Ports.on_ms)
    Ports.on_ms = on_ms


def _count_run(busy):
    count(busy, AWAKE_AT, _run_ms() + Ports.lost_ms)
    count(busy, WAITED_AT, Ports.waited_ms)
    count(busy, RADIO_AT, Ports.radio_ms)
    count(busy, JOIN_AT, Ports.joined_ms)


def begin(power):
    """Make the node that is about to be created count its charge."""
    Ports.power = power
    if machine.reset_cause() in (machine.HARD_RESET, machine.WDT_RESET):
        Ports.lost_ms = _lost_ms()
    chip.Ports = Ports


def _lost_ms():
    """Return how long the previous run was awake after it saved its state."""
    from rtc import rtc_memory
    from wherry.stage.newest import newest_copy
    from wherry.stage.state import new_state

    copy = newest_copy(rtc_memory()[0])[1]
    if not copy:
        return 0
    state = new_state(copy)
    passed_ms = chip.rtc_ms() - state.zero_ms - state.saved_ticks
    passed_ms -= time.ticks_ms()  # pyright: ignore[reportOperatorIssue]
    return max(0, min(passed_ms, _RUN_MS_MAX))


def _run_ms():
    """Return how long this run has been awake."""
    return time.ticks_ms() + BOOT_MS  # pyright: ignore[reportOperatorIssue]


def _since(begin):
    return time.ticks_diff(time.ticks_ms(), begin)
