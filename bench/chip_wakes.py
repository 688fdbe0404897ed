"""Extract wakes from a virtual board's events, with the flash operations of each by step."""

import re
from dataclasses import dataclass, field

from bench.rows import row

_READ_MS, _BYTE_MS = 0.075, 0.0001
_ROW = re.compile(r"row \d+: \d+ readings")
DEEPSLEEP = 4
STEPS = ("mount", "loader", "settings", "modules", "queue", "row")


def flash_ms(reads, size):
    """Return the time that a chip's flash needs for a number of reads of `size` bytes in total."""
    return _READ_MS * reads + _BYTE_MS * size


@dataclass
class Wake:
    """One wake from deep sleep: counts until its row was durable, `whole_…` until it slept."""

    reads: int
    read_size: int
    erases: int
    whole_reads: int
    whole_size: int
    delivered: bool
    #: (what, name, reads, bytes) of each step up to the durable row.
    steps: list
    #: {path: bytes} of the modules that were imported before the board slept.
    modules: dict = field(default_factory=dict)

    @property
    def has_node(self):
        """True if the whole node ran, not only the modules that store a row."""
        return any(path.startswith("/app/assemble.mpy ") for path in self.modules)


def wakes_of(events):
    """Return the finished Wakes in a board's events that have stored a row."""
    wakes, current = [], None
    for event in list(events):
        if event["event"] == "boot":
            current = [] if event["cause"] == DEEPSLEEP else None
        elif current is not None and event["event"] == "sleep":
            wake = _wake(current, event)
            wakes += [wake] if wake else []
            current = None
        elif current is not None:
            current.append(event)
    return wakes


def _wake(events, slept):
    lines = [i for i, event in enumerate(events) if event["event"] == "line"]
    kept = next((i for i in lines if _ROW.search(events[i]["text"])), None)
    if kept is None:
        return None
    # A line may be fetched late, but the flash is idle while the step before it is reported.
    steps = [event for event in events[:kept] if event["event"] == "step"]
    durable, whole = steps[-1]["flash"], slept["flash"]
    sizes = [e["name"] for e in events if e["event"] == "step" and e["what"] == "size"]
    modules = {}
    for i, text in enumerate(sizes):
        size, path = text.split(" ", 1)
        modules[f"{path} {i}"] = int(size)
    return Wake(
        durable["reads"],
        durable["read_bytes"],
        durable["erases"],
        whole["reads"],
        whole["read_bytes"],
        any("delivered" in events[i]["text"] for i in lines),
        [(e["what"], e["name"], e["flash"]["reads"], e["flash"]["read_bytes"]) for e in steps],
        modules,
    )


def middle(wakes):
    """Return the wake with the median number of reads."""
    return sorted(wakes, key=lambda wake: wake.reads)[len(wakes) // 2]


def code_rows(key, wakes, modules=(), size=()):
    """Return the bench's rows for the modules of the middle wake and their size in bytes.

    `modules` and `size` are (must, goal).
    """
    sizes = middle(wakes).modules.values()
    return {
        f"{key}_modules": row(len(sizes), "", *modules),
        f"{key}_bytes": row(sum(sizes), "B", *size),
    }


def steps_of(wake):
    """Return a wake's {step: (reads, bytes)}; reads between two marks belong to one step.

    Reads during an import belong to the import, reads after a file was opened to the file: to the
    settings if it is the slot or its copy, else to the queue. All reads before the import of the
    application belong to the loader, all reads after the first transfer to a sensor to the row.
    """
    owned = dict.fromkeys(STEPS, (0, 0))
    depth, step, last = 0, "mount", (0, 0)
    for what, name, *counts in wake.steps:
        owner = "modules" if depth and step not in ("mount", "loader") else step
        reads, size = (now - then for now, then in zip(counts, last, strict=True))
        owned[owner] = owned[owner][0] + reads, owned[owner][1] + size
        last = counts
        depth += {"import": 1, "imported": -1}.get(what, 0)
        step = _next_step(step, what, name)
    return owned


def _next_step(step, what, name):
    if what == "mount":
        return "loader"
    if step == "loader":
        return "queue" if (what, name) == ("import", "app") else step
    if what == "i2c" or step == "row":
        return "row"
    if what == "open":
        is_settings = not name.startswith("/data/") or "settings" in name
        return "settings" if is_settings else "queue"
    return step
