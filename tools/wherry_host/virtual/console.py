"""The board's serial port: an outer pty for mpremote and an inner pty for MicroPython.

Between the two it converts the desktop build's behaviour into the chip's: line ends outside the
raw REPL, Ctrl-C, and the soft reset, after which a raw REPL stays raw.
"""

import errno
import os
import pty
import re
import select
import termios
import tty

_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_PROMPT = re.compile(rb'MicroPython [^\n]*\nType "help\(\)" for more information.\r?\n>>> $')
_READ_SIZE = 65536
_UNREAD_MAX = 1 << 20


def _open():
    main, terminal = pty.openpty()
    # A cooked terminal turns "\r\n" into "\r\r\n" and swallows control characters.
    tty.setraw(terminal)
    os.set_blocking(main, False)
    return main, terminal


class Console:
    """Both ptys; `on_line(text)` is called with each line that the program prints.

    The paces limit the bytes in each direction (see pace.py); without them, there is no limit.
    """

    def __init__(self, on_bytes, on_line, typed_pace=None, printed_pace=None):
        self._typed_pace, self._printed_pace = typed_pace, printed_pace
        self.outer, terminal = _open()
        self.inner, self.terminal = _open()
        self.port = os.ttyname(terminal)
        # While this process has no open descriptor of it, the kernel reports if a client has the
        # port open.
        os.close(terminal)
        self._attached = False
        self.raw = False
        self.ready = False  # for input: at the prompt, or in a program (set by the supervisor)
        self._on_bytes, self._on_line = on_bytes, on_line
        self._tail = b""  # the last bytes printed: banners are recognised across reads
        self._line = b""
        self._hidden = None  # output held back until a new program's friendly banner is complete
        self._typed = b""  # input that waits: until Ctrl-C is handled, or until a program starts
        self.unread = b""  # output that the client has not fetched yet

    def close(self):
        for fd in (self.outer, self.inner, self.terminal):
            os.close(fd)

    def attached(self):
        """True if a client has the port open; without a client, output is lost, as on a UART."""
        poller = select.poll()
        poller.register(self.outer, 0)
        attached = not poller.poll(0)
        if attached and not self._attached:
            # The client's last close has returned the terminal to cooked mode.
            tty.setraw(self.outer)
        if not attached:
            self.unread = b""
        self._attached = attached
        return attached

    def read_typed(self):
        """Return the input from the outer pty since the last call."""
        self._typed += _paced(self.outer, self._typed_pace)
        typed, self._typed = self._typed, b""
        return typed

    def hold(self, typed):
        """Keep input for later; the next `read_typed` returns it first."""
        self._typed = typed + self._typed

    def type(self, typed):
        """Pass input on to the program; hold input for which its terminal has no room."""
        self.hold(_write(self.inner, typed))

    def drain(self):
        """Read and pass on all that the program has printed so far."""
        while printed := _read(self.inner):
            self._print(printed)

    def pass_on(self):
        """Read and pass on one piece of the program's output."""
        self._print(_paced(self.inner, self._printed_pace))

    def takes_typed(self):
        """Return True if the line has room for a byte of input now."""
        return not self._typed_pace or self._typed_pace.room() > 0

    def takes_printed(self):
        """Return True if the line has room for a byte of output now."""
        return not self._printed_pace or self._printed_pace.room() > 0

    def pause_s(self):
        """Return the host seconds until the next look, or None if nothing is waiting."""
        if self.takes_typed() and self.takes_printed():
            return None
        return self._typed_pace.pause_s()

    def say(self, text):
        """Show and record a line that no program printed, after the output so far."""
        if not self._printed_pace:
            self.drain()
        self._show(text.encode() + b"\r\n")
        self._line = b""
        self._note(text.encode() + b"\n")

    def restart(self, soft):
        """Prepare for a new program; after a soft reset, the REPL stays in its mode."""
        if soft:
            self._show(b"MPY: soft reboot\r\n")
        else:
            self.raw = False
            termios.tcflush(self.terminal, termios.TCIOFLUSH)
        self._hidden = b"" if self.raw else None
        self.ready = False
        self._tail = b""
        # A line that was cut by the end of the program is dropped.
        self._line = b""

    def _print(self, printed):
        if not printed:
            return
        self._note(printed)
        if self._hidden is not None:
            self._await_prompt(printed)
            return
        self._tail = (self._tail + printed)[-400:]
        self.ready = self.ready or self._tail.endswith((b">>> ", _RAW_BANNER))
        if self.raw and _PROMPT.search(self._tail):
            self.raw = False
        if not self.raw:
            shown = re.sub(rb"(?<!\r)\n", b"\r\n", printed)
        else:
            shown = printed
        if self._tail.endswith(_RAW_BANNER):
            self.raw = True
        self._show(shown)

    def _await_prompt(self, printed):
        # boot.py's output passes; the friendly banner is hidden, and raw mode is entered instead.
        self._hidden += printed
        if found := _PROMPT.search(self._hidden):
            self._show(self._hidden[: found.start()].replace(b"\n", b"\r\n"))
            self._hidden = None
            self.type(b"\x01")

    def _note(self, printed):
        self._on_bytes(printed)
        *lines, self._line = (self._line + printed).split(b"\n")
        for line in lines:
            self._on_line(_text(line))

    def _show(self, shown):
        if self.attached():
            self.unread = (self.unread + shown)[-_UNREAD_MAX:]
            self.flush()

    def flush(self):
        """Write as much output to the client as its terminal accepts."""
        self.unread = _write(self.outer, self.unread)


def _text(line):
    return line.rstrip(b"\r").decode("utf-8", "replace")


def _paced(fd, pace):
    """Read at most as many bytes as the pace allows."""
    if not pace:
        return _read(fd)
    room = pace.room()
    got = _read(fd, room) if room else b""
    pace.take(len(got))
    return got


def _read(fd, size=_READ_SIZE):
    try:
        return os.read(fd, size)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EIO):
            return b""
        raise


def _write(fd, content):
    while content:
        try:
            content = content[os.write(fd, content) :]
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EIO):
                break
            raise
    return content
