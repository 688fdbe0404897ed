"""The dialogue that requests a SIMCom modem's cells: commands out, bytes in, no clock.

The commands are from the SIM800 Series AT Command Manual V1.09 (6.2.21, AT+CENG) and the
SIM7000 Series AT Command Manual V1.03 (AT+CPSI, AT+CENG); a SIM800 answers AT+CPSI with ERROR,
which is not an error. Echo, unsolicited lines and noise between the answers are skipped.
"""

from micropython import const

# The first is repeated: a modem that detects the baud rate, or sleeps, misses the first bytes.
_COMMANDS = ("AT", "ATE0", "AT+CPSI?", "AT+CENG=1,1", "AT+CENG?", "AT+CENG=0")
_FIRST_TRIES = const(3)
# If a modem does not report neighbours with their channels, mode 3 reports only the cells.
_PLAIN_ENGINEERING = "AT+CENG=3,1"
_ENGINEERING = const(3)
_LINE_SIZE_MAX = const(200)
_LINES_MAX = const(40)


class Dialogue:
    """Call `next_command`, then `feed` until `answered` or the caller's timeout, and repeat.

    `lines` are the +CPSI and +CENG lines so far, `trouble` is the reason for an early end.
    """

    def __init__(self):
        self.lines = []
        self.trouble = None
        self.answered = False
        self._index = 0
        self._tries = 0
        self._refused = False
        self._text = None
        self._line = bytearray()

    def next_command(self) -> bytes | None:
        """Return the bytes to write next, or None at the end of the dialogue."""
        text = self._next_text()
        if text is None:
            return None
        self._text = text
        self.answered = self._refused = False
        self._line = bytearray()
        return (text + "\r").encode()

    def _next_text(self):
        if self.trouble:
            return None
        if self._text is None or (not self._index and not self.answered):
            self._tries += 1
            if self._tries <= _FIRST_TRIES:
                return _COMMANDS[0]
            self.trouble = "the modem does not answer"
            return None
        if not self.answered:
            self.trouble = "no answer to " + self._text
            return None
        if self._refused and self._index == _ENGINEERING and self._text != _PLAIN_ENGINEERING:
            return _PLAIN_ENGINEERING
        self._index += 1
        return _COMMANDS[self._index] if self._index < len(_COMMANDS) else None

    def feed(self, data: bytes) -> None:
        """Process bytes from the modem, split anywhere."""
        for octet in data:
            if octet == 10 or octet == 13:
                self._take(bytes(self._line))
                self._line = bytearray()
            elif len(self._line) < _LINE_SIZE_MAX:
                self._line.append(octet)

    def _take(self, line):
        # Bytes at a wrong baud rate are not text.
        if not line or min(line) < 32 or max(line) > 126:
            return
        text = line.decode().strip()
        if text == "OK":
            self.answered = True
        elif text == "ERROR" or text[:10] in ("+CME ERROR", "+CMS ERROR"):
            self.answered = self._refused = True
        elif text[:6] in ("+CPSI:", "+CENG:") and len(self.lines) < _LINES_MAX:
            self.lines.append(text)
