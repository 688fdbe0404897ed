"""A sensor chip with registers behind a pointer, described by tables."""

from wherry_host.virtual.chips.sensor_chip import SensorChip
from wherry_host.virtual.chips.tables import ENODEV, RefusedError

_HIGH = b"\xff"


class RegisterChip(SensorChip):
    """A chip for which the first byte of a write is the register address where a read starts.

    REGISTERS   {address: Register}
    RESET_US    time after a reset during which the chip acknowledges nothing
    CYCLE       returns the Cycle of conversions from {address: content}, None while they are off;
                CYCLE itself is None if a conversion needs a command
    REFUSES     True if a read of a result is refused during a conversion; otherwise the read
                returns the last result

    An address without a register reads as 1 bits. A chip with a Cycle measures, and logs the
    measurement, when the register of a channel is read and a new result is due.
    """

    RESET_US = 0
    CYCLE = None
    REFUSES = True

    def _reset(self, up_us):
        super()._reset(up_us)
        self._pointer = 0
        # True if a conversion has ended since the `ready` bits were cleared.
        self._is_fresh = False
        self._content = {address: each.reset for address, each in self.REGISTERS.items()}
        self._begin(up_us)

    def _begin(self, now_us):
        """Start the cycle of conversions."""
        self._begun_us = now_us
        # The numbers of the cycle's results that a program has read, and whose ready bits are
        # cleared.
        self._shown_count = self._cleared_count = 0

    def write(self, data, now_us):
        """Set the register pointer, and the register if a complete value follows.

        Raises RefusedError during a reset.
        """
        self._require_up(now_us)
        self._pointer = data[0]
        register = self.REGISTERS.get(self._pointer)
        if register is None:
            return
        if register.converts and not register.starts:
            self._finish(now_us)
            self._convert(register.converts(self._content), now_us)
        elif len(data) > register.size:
            self._set(register, int.from_bytes(data[1 : 1 + register.size], "big"), now_us)

    def _set(self, register, value, now_us):
        if value & register.resets:
            self._reset(now_us + self.RESET_US)
            return
        kept = self._content[self._pointer] & ~register.writable
        self._content[self._pointer] = kept | value & register.writable
        if register.restarts:
            self._begin(now_us)
        self._finish(now_us)
        is_free = register.interrupts or not self._is_busy(now_us)
        if value & register.starts and is_free:
            self._convert(register.converts(self._content), now_us)

    def read(self, count, now_us):
        """Return bytes from the register that the pointer selects.

        Raises RefusedError during a reset, and for the register of a channel during a conversion.
        """
        self._require_up(now_us)
        self._finish(now_us)
        register = self.REGISTERS.get(self._pointer)
        if register is None:
            return _HIGH * count
        if register.channel:
            if self.REFUSES and self._is_busy(now_us):
                raise RefusedError(ENODEV)
            self._take_result(now_us)
        content, has_data = b"", False
        for address, each in self._registers_from(self._pointer):
            if len(content) < count:
                content += self._value(address, each, now_us).to_bytes(each.size, "big")
                has_data |= bool(each.channel) and each.is_last
        if register.is_reading:
            self._cleared_count = self._result_count(now_us)
            self._is_fresh = False
        if has_data and not self._is_busy(now_us):
            self._log_read(now_us)
        return (content + _HIGH * count)[:count]

    def _finish(self, now_us):
        is_over = super()._finish(now_us)
        self._is_fresh |= is_over
        return is_over

    def _registers_from(self, address):
        """Yield (address, register) for the register at an address and the registers after it."""
        while address in self.REGISTERS:
            yield address, self.REGISTERS[address]
            address = self.REGISTERS[address].follower

    def _value(self, address, register, now_us):
        value = self._content[address]
        channel = register.channel
        if callable(channel):
            channel = channel(self._content)
        if channel in self._raw:
            value = register.packed(self._raw[channel], self._content)
        is_ready = self._is_fresh or self._result_count(now_us) > self._cleared_count
        running = register.busy if self._is_busy(now_us) else register.idle
        return value | running | (register.ready if is_ready else 0)

    def _result_count(self, now_us):
        """Return the number of results since the cycle began."""
        if self.stuck:
            return self._shown_count
        cycle = self._cycle()
        if cycle is None or now_us < self._begun_us + cycle.first_us:
            return 0
        passed_us = now_us - self._begun_us - cycle.first_us
        return 1 + (passed_us // cycle.period_us if cycle.period_us else 0)

    def _take_result(self, now_us):
        """Measure if the cycle has had a result since the last measurement."""
        result_count = self._result_count(now_us)
        if result_count > self._shown_count:
            self._shown_count = result_count
            self._show(self._measure(tuple(self.QUANTITIES), self._cycle().dropped, now_us))
            self._log(self._raw, self._raw)

    def _cycle(self):
        return self.CYCLE(self._content) if self.CYCLE else None

    def missed(self, written, now_us):
        """Log that a fault has kept an access from reading a result."""
        address = written[0] if written else self._pointer
        # An access that cannot read the registers before the result does not read the result
        # either.
        found = [register for _, register in self._registers_from(address)]
        if any(register.channel or register.is_status for register in found):
            self._log_unread(now_us)
