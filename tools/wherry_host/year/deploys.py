"""The deploys of a simulated life: each ends a run of the program, and changes the node."""

from typing import NamedTuple

from wherry_host.account.flash import Flash
from wherry_host.year.chip.errors import Ended
from wherry_host.year.judge.kept import channels_of, kept

# The time from the end of the program to its restart: the transfer of a slot.
_TRANSFER_US = 15_000_000
#: The time after a deploy for which a node stays awake (firmware/boot/first_start.py), and the end
#: of its last turn.
AWAKE_US = 660_000_000


class Interrupted(Ended):
    """A person at the console ends the run of the program."""


class Deploy(NamedTuple):
    """A deploy at a true time; `begin_us` is the start of the run that it ended.

    `staged` are the Readings in RTC memory. The channels of the new configuration are `channels`,
    or None if the power failed before it was written. `power_count` is the number of losses of
    power before it.
    """

    begin_us: int
    at_us: int
    flash: Flash
    staged: list
    power_count: int
    channels: set | None = None


class Deploys:
    """The deploys of a Life."""

    def __init__(self, life):
        self._life = life
        #: The Deploys, in order, also those that a loss of power ended.
        self.done = []
        #: The true times at which the new configurations were written.
        self.overs_us = []
        # (Node, us): the next configuration, and the time of a run after which it is deployed.
        self._next = None
        self._is_interrupted = False

    def ask(self, node, wait_us, has_button):
        """Deploy a Node in the present run or in the next one, some time after its begin.

        A chip that sleeps can be woken with the reset button, which ends its RTC memory.
        """
        life, self._next = self._life, (node, wait_us)
        if life.begin_us is not None:
            self._watch()
        elif has_button:
            life.power.fail(0)

    def begin_run(self):
        """Deploy in this run if a deploy is due."""
        if self._next:
            self._watch()

    def _watch(self):
        life = self._life
        life.clock.after(self._next[1], self._interrupt, life.begin_us)

    def _interrupt(self, begin_us):
        life = self._life
        if not self._next:
            return
        if begin_us != life.begin_us:
            # The run was over before.
            self._next = self._next[0], self._next[1] // 2
            return
        flash, staged = kept(life)
        count = len(life.power.losses)
        self.done.append(Deploy(begin_us, life.clock.us, flash, staged, count))
        self._is_interrupted = True
        life.end_run()
        raise Interrupted

    def end_run(self):
        """Write the new configuration if a deploy has ended the run; return True if it has."""
        if not self._is_interrupted:
            return False
        life, (node, _) = self._life, self._next
        self._next, self._is_interrupted = None, False
        life.site.store.doubt()
        life.clock.run_until(life.clock.us + _TRANSFER_US)
        life.machine.deploy(node)
        names = {name for _, name, _ in channels_of(node)}
        self.done[-1] = self.done[-1]._replace(channels=names)
        life.site.nodes.append(node)
        self.overs_us.append(life.clock.us)
        return True

    def is_near(self, time_us):
        """Return True if a node is awake at a true time because of a deploy before it."""
        return any(each.at_us <= time_us <= each.at_us + AWAKE_US for each in self.done)
