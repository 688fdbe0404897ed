"""The unknowns of an account: stalls of this computer that held the board up for too long."""

from wherry_host.account.moments import moment


class Doubts:
    """Collects the stalls that may explain a missing sample."""

    def __init__(self):
        # [(Stall, the devices that lack a sample)].
        self._found = []

    def add(self, stall, device):
        """Note that a device lacks a sample, possibly because of a Stall."""
        for i, (other, devices) in enumerate(self._found):
            if _overlap(stall, other):
                longer = max(stall, other, key=lambda each: each.length_us)
                self._found[i] = longer, {**devices, device: True}
                return
        self._found.append((stall, {device: True}))

    def lines(self):
        """Return a line for each Stall, in order of time, with its length in host time."""
        return [
            f"this computer stalled for {_host_s(stall)} s"
            f" at {moment(stall.begin_us)}: no sample of {', '.join(devices)}"
            for stall, devices in sorted(self._found, key=lambda each: each[0])
        ]


def _host_s(stall):
    """Return the length of a Stall in this computer's time, in seconds, as text."""
    host_s = stall.length_us / 1e6 / stall.scale
    return f"{host_s:.1f}" if host_s >= 1 else f"{host_s:.2g}"


def _overlap(one, other):
    first, second = sorted((one, other))
    return second.begin_us <= first.begin_us + first.length_us
