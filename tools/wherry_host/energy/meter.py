"""A meter between a virtual board and its battery; it reads the board's events, not the node.

The events show when the board sleeps, is awake, joins and has its radio on; the profile has the
currents. The charge of a chip's boot, which a virtual board lacks, is added for each wake.
"""

from wherry_host.energy.profile import MC_OF_MAH

_KINDS = ("boot", "radio", "sleep", "reset", "crash")


class Meter:
    """The charge that a board used, from its `events`; `usual` is from Profile.usual()."""

    def __init__(self, events, usual):
        self._events = [event for event in events if event["event"] in _KINDS]
        self._usual = usual

    def mah(self, begin_us, end_us):
        """Return the charge between two true times, between which the board always had power.

        The times are in us; a boot is at `begin_us`.
        """
        p, mc = self._usual, 0
        is_awake, radio, at_us, slept_ms = False, "off", begin_us, 0
        for event in self._events:
            if not begin_us <= event["time_us"] <= end_us:
                continue
            kind, time_us = event["event"], event["time_us"]
            now_ms = event.get("slept_ms", 0)
            mc += self._part_mc(time_us - at_us, is_awake, radio, now_ms - slept_ms)
            at_us, slept_ms = time_us, now_ms
            if kind == "boot":
                is_awake, radio = True, "off"
                mc += p["boot_s"] * p["cpu_ma"]
            elif kind == "radio":
                radio = event["state"]
            else:
                is_awake, radio, slept_ms = False, "off", 0
        return (mc + self._part_mc(end_us - at_us, is_awake, radio, 0)) / MC_OF_MAH

    def _part_mc(self, us, is_awake, radio, slept_ms):
        p, seconds = self._usual, us / 1e6
        if not is_awake:
            return seconds * p["sleep_ma"]
        if radio != "off":
            return seconds * (p["join_ma"] if radio == "join" else p["radio_ma"])
        waited_s = min(seconds, slept_ms / 1000)
        return waited_s * p["wait_ma"] + (seconds - waited_s) * p["cpu_ma"]
