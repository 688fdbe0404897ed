"""The common part of chips with registers and chips with commands: conversions and logs."""

from wherry_host.virtual.chips.tables import ENODEV, RefusedError


class SensorChip:
    """A sensor chip on an I2C bus, described by the tables of its class.

    name         the model's name in the logs
    ADDRESS      its address unless the board's options give one
    QUANTITIES   {channel: Channel}; a channel's name is a quantity of the surroundings
    COMPUTED     {channel: Computed}: logged if a conversion has all channels of QUANTITIES

    A conversion uses the quantities at the moment when it starts. With the fault "stuck", a
    conversion never ends, and a chip that converts continuously keeps its last result.
    """

    COMPUTED = {}

    def __init__(self, surroundings, address=None):
        self.address = self.ADDRESS if address is None else address
        self.stuck = False
        self._surroundings = surroundings
        self._reset(0)

    def _reset(self, up_us):
        """Reset all state; until `up_us` the chip acknowledges nothing."""
        self._up_us = up_us
        # {channel: raw value} of the last conversion and of the running conversion.
        self._raw, self._converted = {}, {}
        self._ready_us = 0
        # Start times of the newest measurement and of the measurement that a read returns.
        self._measured_us = self._shown_us = None

    def _require_up(self, now_us):
        if now_us < self._up_us:
            raise RefusedError(ENODEV)

    def _is_busy(self, now_us):
        return now_us < self._ready_us or (self.stuck and bool(self._converted))

    def _convert(self, conversion, now_us):
        """Start a conversion, unless it is None."""
        if conversion is None:
            return
        self._converted = self._measure(conversion.channels, conversion.dropped, now_us)
        self._ready_us = now_us + conversion.busy_us
        logged = conversion.channels if conversion.logged is None else conversion.logged
        self._log(logged, self._converted)

    def _measure(self, channels, dropped, now_us):
        self._measured_us = now_us
        return {
            each: self.QUANTITIES[each].raw(
                self._surroundings.quantity(each, now_us), dropped.get(each, 0)
            )
            for each in channels
        }

    def _log(self, channels, raw):
        held = {each: self.QUANTITIES[each].physical(raw[each]) for each in channels}
        if held.keys() == self.QUANTITIES.keys():
            held |= {name: each.of(held) for name, each in self.COMPUTED.items()}
        self._surroundings.measured(self._measured_us, self.name, **held)

    def _finish(self, now_us):
        """Show the results of a finished conversion; return True if there was one."""
        if not self._converted or self._is_busy(now_us):
            return False
        self._show(self._converted)
        self._converted = {}
        return True

    def _show(self, raw):
        self._raw |= raw
        self._shown_us = self._measured_us

    def _log_read(self, now_us):
        if self._shown_us is not None:
            self._surroundings.read(now_us, self.name, self._shown_us)

    def _log_unread(self, now_us):
        if self._measured_us is not None:
            self._surroundings.unread(now_us, self.name, self._measured_us)
