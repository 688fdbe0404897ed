"""Decides which sensors are due at a sample, and switches their power.

Loaded only if a section of the configuration has `every`, `warm_up` or `power_pin`.
"""


class Plan:
    """`entries` are (every, switch, warm_up_ms) of each sensor that is not fast, in order.

    `switch(is_on)` sets the level of a sensor's power pin; it is None without a pin. Several
    sensors may share a pin. A sensor is due if the number of whole periods of `sample_every_ms`
    since tick 0 is a multiple of `every`.
    """

    def __init__(self, entries: list, sample_every_ms: int):
        self._entries = entries
        self._sample_every_ms = sample_every_ms
        self._switches = []

    def begin(self, ready: set, ticks, wait) -> list:
        """Switch on the due sensors and wait for their warm-up; return the indices of the others.

        A sensor that was without power is removed from `ready`.
        """
        number = ticks() // self._sample_every_ms
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
