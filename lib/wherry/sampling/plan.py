"""Decides which sensors are due at a sample, and switches their power.

Loaded only if a section of the configuration has `every`, `warm_up` or `power_pin`.
"""


class Plan:
    """`entries` are (every, switch, warm_up_ms) of each sensor that is not fast, in order.

    `switch(is_on)` sets the level of a sensor's power pin; it is None without a pin. Several
    sensors may share a pin. A sensor is due if the number of the sample's place in the grid is a
    multiple of `every`.
    """

    def __init__(self, entries: list):
        self._entries = entries
        self._switches = []

    def begin(self, ready: set, wait, clock=None, every_ms: int = 1) -> list:
        """Switch on the due sensors and wait for their warm-up; return the indices of the others.

        A sensor that was without power is removed from `ready`. The grid has a place each
        `every_ms`, by a Clock whose state has the time of the next sample. Without a Clock, all
        sensors are due.
        """
        number = _place(clock, every_ms) if clock else 0
        left_out = [i for i, entry in enumerate(self._entries) if number % entry[0]]
        warm_up_ms = 0
        self._switches = []
        for i, (_, switch, ms) in enumerate(self._entries):
            if switch and i not in left_out:
                ready.discard(i)
                self._switches.append(switch)
                warm_up_ms = max(warm_up_ms, ms)
                switch(True)
        if warm_up_ms:
            wait(warm_up_ms)
        return left_out

    def end(self) -> None:
        """Switch off the sensors that `begin` switched on."""
        for switch in self._switches:
            switch(False)


def _place(clock, every_ms):
    """Return the number of a sample's place in the grid, from the place of the next sample.

    This sample may be late, and the next one is on the grid.
    """
    state = clock.state
    due = state.sample_due
    if state.synced:
        due = clock.true_ms(due)
    return (due + every_ms // 2) // every_ms - 1
