"""The .mpy size of all device code in bytes: a slot's cost in flash, and most of the heap."""

from wherry_host.compile.sizes import compiled_size, device_files

from bench.rows import row


def measure(quick):
    """Return {key: row} for the bench's table; its quick form is the same."""
    total = sum(compiled_size(path) for path in device_files())
    return {"mpy_bytes": row(total, "B")}
