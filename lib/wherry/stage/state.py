"""What a node must remember over sleep and crash. Loaded while a stage is made."""

FIELDS = (
    "boot", "zero_ms", "pending_ms", "saved_ticks", "synced", "ref_ticks", "ref_ms", "drift_ppm",
    "last_ms", "clock_error_ms", "sample_due", "send_due", "sync_due", "health_due", "failures",
    "crashes", "sensor_errors", "next_row", "readings", "schema", "network", "lease", "lease_due",
    "server", "server_crc", "server_due", "gap", "flush_due", "ring_page", "ring_at", "ring_step",
    "uplinks",
)  # fmt: skip


class State:
    """What a node must remember over sleep and crash; docs/spec.md has each field.

    Without methods: a class keeps the module of its methods in the heap.
    """

    boot: int
    zero_ms: int
    pending_ms: int
    saved_ticks: int
    synced: int
    ref_ticks: int
    ref_ms: int
    drift_ppm: int
    last_ms: int
    clock_error_ms: int
    sample_due: int
    send_due: int
    sync_due: int
    health_due: int
    failures: int
    crashes: int
    sensor_errors: int
    next_row: int
    readings: int
    schema: int
    network: int
    lease: bytes
    lease_due: int
    server: bytes
    server_crc: int
    server_due: int
    gap: int
    flush_due: int
    ring_page: int
    ring_at: int
    ring_step: int
    uplinks: bytes


def new_state(values=()) -> State:
    """Return a state with `values` in its first FIELDS, zeros in the others."""
    state = State()
    for name in FIELDS:
        setattr(state, name, 0)
    state.lease = bytes(16)
    state.server = bytes(4)
    state.uplinks = bytes(34)
    for i in range(len(values)):
        setattr(state, FIELDS[i], values[i])
    return state
