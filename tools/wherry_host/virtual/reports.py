"""The measurement reports of a board's shims, and the lines printed for them."""

# The number of bytes by which a heap must exceed the last printed one.
_HEAP_STEP = 1000


class Reports:
    """Processes a program's reports; `emit` and `say` are the supervisor's, `regs` the board's."""

    def __init__(self, emit, say, regs):
        self._emit, self._say, self._regs = emit, say, regs
        self._heap_size = 0
        # The reports by their first letters, from shim/_steps.py, _heap_steps.py and _heap.py.
        self._kinds = {b"F": self._step, b"K": self._heap_step, b"H": self._heap}

    def take(self, request):
        """Process a request if it is a report; return True if it is."""
        take = self._kinds.get(request[:1])
        if take:
            take(request[1:])
        return take is not None

    def _step(self, content):
        what, _, name = content.decode().partition(" ")
        self._emit("step", what=what, name=name, flash=self._regs.flash)

    def _heap_step(self, content):
        what, kept_size, *modules = content.decode().split(" ")
        self._emit("heap", what=what, kept_size=int(kept_size), modules=modules)

    def _heap(self, content):
        size = int.from_bytes(content, "little")
        # Each rise is reported; reports start again with each program.
        if size >= self._heap_size + _HEAP_STEP:
            self._heap_size = size
            self._say(heap_line(size))


def flash_line(reads, read_bytes, programs, erases, **_):
    """Return the line about a wake's flash operations."""
    return f"flash: {reads} reads ({read_bytes // 1000} KB), {programs} programs, {erases} erases"


def heap_line(size):
    """Return the line about a heap of `size` bytes, which would double on a chip."""
    return f"heap: {size / 1000:.1f} KB (estimate): HTTPS may run out of memory on an ESP32"
