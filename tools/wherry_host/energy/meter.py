"""A meter between a virtual board and its battery; it reads the board's events, not the node.

The events show when the board sleeps, is awake, joins and has its radio on; the profile has the
currents. The charge of a chip's boot, which a virtual board lacks, is added for each wake.
"""

from wherry_host.energy.profile import MC_OF_MAH

_KINDS = ("boot", "radio", "sleep", "reset", "crash")
#: The causes of charge that the events separate; a boot's own charge is the program's.
CAUSES = ("sleep", "program", "sensors", "join", "radio")


class ChargeSum:
    """The charge since a start, from one event to the next; `usual` is from Profile.usual().

    `note(begin_us, end_us, {cause: mC})` takes each part of it, with causes of CAUSES.
    """

    def __init__(self, usual, begin_us):
        self._usual = usual
        self._mc, self._at_us = 0, begin_us
        self._is_awake, self._radio, self._slept_ms = False, "off", 0
        self._has_power = True
        self.note = lambda begin_us, end_us, parts_mc: None

    def take(self, kind, time_us, slept_ms=0, radio="off"):
        """Add the charge until an event; a boot's own charge is added as well.

        `slept_ms` is the program's time in sleeps since its boot, `radio` the state of the radio
        after an event "radio". After "off", the board is without power until its next boot.
        """
        self._add(self._at_us, time_us, self._part_mc(time_us, slept_ms - self._slept_ms))
        self._at_us, self._slept_ms = time_us, slept_ms
        self._has_power = kind != "off"
        if kind == "boot":
            self._is_awake, self._radio = True, "off"
            boot_mc = self._usual["boot_s"] * self._usual["cpu_ma"]
            self._add(time_us, time_us, {"program": boot_mc})
        elif kind == "radio":
            self._radio = radio
        else:
            self._is_awake, self._radio, self._slept_ms = False, "off", 0

    def mah(self, end_us):
        """Return the charge until a time after the last event."""
        return (self._mc + sum(self._part_mc(end_us, 0).values())) / MC_OF_MAH

    def end(self, end_us):
        """Let `note` take the charge since the last event, until a time; `mah` is the same."""
        self.note(self._at_us, end_us, self._part_mc(end_us, 0))

    def _add(self, begin_us, end_us, parts_mc):
        self._mc += sum(parts_mc.values())
        self.note(begin_us, end_us, parts_mc)

    def _part_mc(self, end_us, slept_ms):
        """Return {cause: mC} from the last event to a time."""
        p, seconds = self._usual, (end_us - self._at_us) / 1e6
        if not self._is_awake:
            return {"sleep": seconds * p["sleep_ma"] * self._has_power}
        if self._radio == "join":
            return {"join": seconds * p["join_ma"]}
        if self._radio != "off":
            return {"radio": seconds * p["radio_ma"]}
        waited_s = min(seconds, slept_ms / 1000)
        return {"sensors": waited_s * p["wait_ma"], "program": (seconds - waited_s) * p["cpu_ma"]}


class Meter:
    """The charge that a board used, from its `events`; `usual` is from Profile.usual()."""

    def __init__(self, events, usual):
        self._events = [event for event in events if event["event"] in _KINDS]
        self._usual = usual

    def mah(self, begin_us, end_us):
        """Return the charge between two true times, between which the board always had power.

        The times are in us; a boot is at `begin_us`.
        """
        found = ChargeSum(self._usual, begin_us)
        for event in self._events:
            if begin_us <= event["time_us"] <= end_us:
                slept_ms = event.get("slept_ms", 0)
                found.take(event["event"], event["time_us"], slept_ms, event.get("state"))
        return found.mah(end_us)
