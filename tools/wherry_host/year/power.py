"""The supply of a simulated board: it fails at an event, in a flash operation or in an upload.

What RTC memory and flash held at that moment is kept for the tally.
"""

from itertools import zip_longest
from typing import NamedTuple

from wherry_host.account.flash import Flash
from wherry_host.account.spec.rtc import newest_state
from wherry_host.year.chip.errors import Ended
from wherry_host.year.judge.kept import kept


class PowerLost(Ended):
    """The supply has failed: RTC memory and the run of the program are lost."""


class Loss(NamedTuple):
    """A loss of power: `begin_us` is the start of the wake that it ended, None during a sleep.

    `staged` are the Readings that were in RTC memory only. `is_in_flash` is True if the power
    failed in the middle of a flash operation.
    """

    begin_us: int | None
    at_us: int
    flash: Flash
    staged: list
    is_in_flash: bool


class Power:
    """The supply of a Life. It is on from `losses[i].at_us` + a span until the next loss."""

    def __init__(self, life):
        self._life = life
        self.is_on = True
        self.losses = []
        #: The true times at which the power came.
        self.ons_us = [life.clock.us]
        #: For each of these, the true time from which the ticks of its boot count: the begin of
        #: the run that has written the first state into RTC memory.
        self.zeros_us = [life.clock.us]
        self._has_state = False
        self._off_us = self._off_in_flash_us = 0
        self._radio_wait_us = None

    # Faults

    def fail(self, off_us):
        """Lose the power for a span, unless it is off already."""
        if self.is_on:
            self._off_us = off_us
            self._lose()

    def fail_in_flash(self, count, off_us):
        """Lose the power in the middle of a flash operation, after `count` more operations."""
        self._off_in_flash_us = off_us
        self._life.flash.memory.fails_at = count + 1

    def fail_after_radio(self, wait_us):
        """Press the reset button some time after the radio is next switched on."""
        self._radio_wait_us = wait_us

    # Called by the life

    def begin_run(self):
        """Note the begin of a run, which may be the first one that ends with a state.

        A run writes its state before a row, whose ticks count from the state's zero.
        """
        if not self._has_state:
            self._has_state = newest_state(bytes(self._life.port.memory)) is not None
            if not self._has_state:
                self.zeros_us[-1] = self._life.clock.us

    def failed_in_flash(self):
        """Take the end of the flash operation in which the power failed."""
        self._off_us = self._off_in_flash_us
        self._lose(is_in_flash=True)

    def radio_is_on(self):
        """Note that the radio was switched on."""
        wait_us, self._radio_wait_us = self._radio_wait_us, None
        if wait_us is not None:
            self._life.clock.after(wait_us, self.fail, 0)

    def offs_us(self):
        """Return the spans (begin, end) without power, in true us."""
        losses_us, now_us = [loss.at_us for loss in self.losses], self._life.clock.us
        return list(zip_longest(losses_us, self.ons_us[1:], fillvalue=now_us))

    def return_at(self):
        """Return the time at which the power comes back."""
        return self.losses[-1].at_us + self._off_us

    def came(self):
        """Note that the power is on again."""
        self.is_on, self._has_state = True, False
        self.ons_us.append(self._life.clock.us)
        self.zeros_us.append(self._life.clock.us)

    def _lose(self, is_in_flash=False):
        life, self.is_on = self._life, False
        flash, staged = kept(life)
        life.forget_rtc()
        life.end_run()
        self.losses.append(Loss(life.begin_us, life.clock.us, flash, staged, is_in_flash))
        raise PowerLost
