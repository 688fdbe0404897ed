"""A SIMCom modem on a UART, limited to the queries for its cells: SIM800 or SIM7000.

It echoes until echo is switched off, sends unsolicited lines occasionally, and answers after a
delay at its baud rate. With the fault "stuck", it sends nothing.
"""

_ANSWER_US = 30_000
_URC = b"\r\n+CREG: 1\r\n"

_SIM800_CELLS = (
    '0,"0021,43,00,262,01,27,4078,00,05,1406,255"',
    '1,"0082,31,06,3f0a,262,01,1406"',
    '2,"0085,28,07,,,0000"',
    '3,"0093,22,12,40e1,262,01,1406"',
)
_SIM7000_SYSTEM = (
    "LTE CAT-M1,Online,262-01,0x65F7,26385422,302,EUTRAN-BAND20,6400,3,3,-11,-93,-65,14"
)
_SIM7000_CELLS = (
    '0,"6400,302,-93,-65,-11,14,26103,26385422,262,01,255"',
    '1,"6400,117,-101,-74,-16,3"',
)
_PLAIN = {"AT": (), "ATE0": (), "ATE1": ()}


class Model:
    """`sim` is "sim800" or "sim7000"."""

    name = "modem"
    WIRES = 27, 26

    def __init__(self, surroundings, baud=115200, sim="sim800"):
        if sim not in ("sim800", "sim7000"):
            raise ValueError(f"no modem {sim!r}; there are sim800, sim7000")
        self.baud = baud
        self.stuck = False
        self._sim = sim
        self._echo = True
        self._mode = "0"
        self._command = b""
        self._saying = []

    def write(self, data, now_us):
        """Receive bytes; each carriage return ends a command."""
        if self._echo:
            self._say(data, now_us)
        *commands, self._command = (self._command + data).split(b"\r")
        for command in commands:
            self._obey(command.strip().decode("ascii", "replace").upper(), now_us)

    def arrived(self, now_us, room):
        """Return the bytes that came since the last call."""
        came = b"".join(said for due_us, said in self._saying if due_us <= now_us)
        self._saying = [each for each in self._saying if each[0] > now_us]
        return b"" if self.stuck else came

    def _say(self, data, now_us):
        self._saying.append((now_us + len(data) * 10_000_000 // self.baud, data))

    def _obey(self, command, now_us):
        if not command:
            return
        lines = self._answer(command)
        if command.startswith("ATE"):
            self._echo = command == "ATE1"
        ending = "ERROR" if lines is None else "OK"
        said = "".join(f"\r\n{line}\r\n" for line in [*(lines or ()), ending])
        # An unsolicited line comes first, as on real modems.
        self._say(_URC + said.encode(), now_us + _ANSWER_US)

    def _answer(self, command):
        """Return the lines before OK, or None for ERROR."""
        if command.startswith("AT+CENG="):
            self._mode = command[8:9]
            return () if self._mode in ("0", "1") else None
        if command == "AT+CENG?":
            return self._cells()
        if command == "AT+CPSI?" and self._sim == "sim7000":
            return ("+CPSI: " + _SIM7000_SYSTEM,)
        return _PLAIN.get(command)

    def _cells(self):
        cells = _SIM800_CELLS if self._sim == "sim800" else _SIM7000_CELLS
        if self._mode == "0":
            return ("+CENG: 0,0",)
        head = "1,1" if self._sim == "sim800" else f"1,1,{len(cells)},LTE CAT-M1"
        return [f"+CENG: {text}" for text in (head, *cells)]
