"""What an account cannot know: where this computer held the board up for too long."""

from wherry_host.account.moments import moment


class Doubts:
    """Collects them; `speed` is that of the run's clock."""

    def __init__(self, speed):
        self._speed = speed
        # [(Stall, the devices without a sample)].
        self._found = []

    def add(self, stall, device):
        """Note that a device has no sample because of a Stall, which may be why."""
        for i, (other, devices) in enumerate(self._found):
            if _overlap(stall, other):
                longer = max(stall, other, key=lambda each: each.length_us)
                self._found[i] = longer, {**devices, device: True}
                return
        self._found.append((stall, {device: True}))

    def lines(self):
        """Return a line for each Stall, in the order of time: its length on this computer."""
        return [
            f"this computer stalled for {stall.length_us / 1e6 / self._speed:.1f} s"
            f" at {moment(stall.begin_us)}: no sample of {', '.join(devices)}"
            for stall, devices in sorted(self._found, key=lambda each: each[0])
        ]


def _overlap(one, other):
    first, second = sorted((one, other))
    return second.begin_us <= first.begin_us + first.length_us
