"""Starts the application of the active slot; this file stands on the board as /main.py.

/slot names the slot, `a` or `b`. While a new version is on trial, /trial counts its starts; the
application removes it after its first good turn. After three starts without one the other slot is
taken again.
"""

import os
import sys

_TRIALS_MAX = 3
_RESTART_MS = 10_000


def _read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


def _write(path, text):
    # A new file can be found empty after a power cut; a renamed one is whole.
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


def choose_slot():
    """Return the slot to start, having counted the start if it is on trial."""
    slot = "b" if _read("/slot") == "b" else "a"
    trial = _read("/trial")
    if not trial.isdigit():
        return slot
    if int(trial) < _TRIALS_MAX:
        try:
            _write("/trial", str(int(trial) + 1))
        except OSError as error:
            print("slot: start not counted: flash:", error)
        return slot
    slot = "a" if slot == "b" else "b"
    _write("/slot", slot)
    os.remove("/trial")
    print("slot: three starts failed, back to", slot)
    return slot


try:
    sys.path.insert(0, "/" + choose_slot())
    import app  # pyright: ignore[reportMissingImports]
except Exception as error:
    # A slot that cannot even start counts as one that failed: sleep, and start from the top.
    sys.print_exception(error)
    import machine

    machine.deepsleep(_RESTART_MS)

app.run()
