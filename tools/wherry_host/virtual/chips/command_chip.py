"""A sensor chip with commands, described by tables."""

from wherry_host.virtual.chips.sensor_chip import SensorChip
from wherry_host.virtual.chips.tables import ENODEV, Command, Conversion, RefusedError

_CODE_SIZE_MAX = 3


def measuring_both(crc, busy_us):
    """Return the Command that converts temperature and humidity and sends each with its CRC."""
    conversion = Conversion(("temperature", "humidity"), busy_us)
    return Command(
        converts=lambda _: conversion,
        sends=lambda held: crc.word(held["temperature"]) + crc.word(held["humidity"]),
        is_data=True,
    )


class CommandChip(SensorChip):
    """A chip to which a command is written, and which is then read.

    COMMANDS    {code of 0 to 3 bytes: Command}; argument bytes may follow the code
    HELD        {name: integer} after a reset: settings, and raw values that are not 0
    FRAME       returns the bytes of every read from `held`, for a chip that also answers while it
                is busy
    FRAME_HEAD  number of bytes in FRAME before the results

    Without FRAME, a read is refused while the chip is busy, and unless a command has prepared its
    answer. An answer can be read once.
    """

    HELD = {}
    FRAME = None
    FRAME_HEAD = 0
    # True if an empty write is also a command.
    TAKES_EMPTY_WRITE = False

    def _reset(self, up_us):
        super()._reset(up_us)
        self._settings = dict(self.HELD)
        self._is_new = False
        # The command whose answer the next read returns.
        self._command = None

    def _held(self, now_us):
        state = {"is_busy": self._is_busy(now_us), "is_new": self._is_new}
        return dict.fromkeys(self.QUANTITIES, 0) | self._settings | self._raw | state

    def write(self, data, now_us):
        """Execute a command.

        Raises RefusedError for an unknown command, for a command that is refused now, and during a
        reset.
        """
        self._require_up(now_us)
        self._is_new |= self._finish(now_us)
        command, argument = self._parsed(data)
        if command is None or command.refused(self._held(now_us)):
            raise RefusedError(ENODEV)
        self._command = command
        self._apply(command, argument)
        if command.ends:
            self._converted = {}
        if command.reset_us is not None:
            self._reset(now_us + command.reset_us)
        elif command.converts:
            self._is_new = False
            self._convert(command.converts(self._held(now_us)), now_us)
        elif command.busy_us:
            self._ready_us = now_us + command.busy_us

    def _parsed(self, data):
        """Return the command with the longest code at the start of the data, and its argument."""
        for size in range(min(len(data), _CODE_SIZE_MAX), -1, -1):
            command = self.COMMANDS.get(bytes(data[:size]))
            if command:
                return command, data[size:]
        return None, b""

    def _apply(self, command, argument):
        self._settings.update(command.assigns)
        if command.stores and argument:
            name, writable = command.stores
            self._settings[name] = self._settings[name] & ~writable | argument[0] & writable
        if command.logged and self._shown_us is not None:
            self._log(command.logged, self._raw)

    def read(self, count, now_us):
        """Return bytes of the answer, followed by 1 bits.

        Raises RefusedError if the chip has no answer, while it is busy, and during a reset.
        """
        self._require_up(now_us)
        self._is_new |= self._finish(now_us)
        is_busy = self._is_busy(now_us)
        if self.FRAME:
            has_data = not is_busy and count > self.FRAME_HEAD
            content = self.FRAME(self._held(now_us))
        else:
            command = self._command
            if command is None or command.sends is None or (is_busy and not command.is_at_once):
                raise RefusedError(ENODEV)
            has_data = command.is_data
            content = command.sends(self._held(now_us))
            self._command = None
        if has_data:
            self._is_new = False
            self._log_read(now_us)
        return (content + b"\xff" * count)[:count]

    def missed(self, written, now_us):
        """Log that a fault has kept an access from reading a result."""
        command = self._parsed(written)[0] if written else self._command
        if self.FRAME or (command and command.is_data):
            self._log_unread(now_us)
