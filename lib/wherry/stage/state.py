"""The state that a node keeps through sleeps and crashes. Loaded while a stage is created."""

import struct

from wherry.stage.memory import FORM


class State:
    """The state that a node keeps through sleeps; docs/spec.md has the form of each field.

    Times are in ms. The class has no methods, because methods would keep their module in the heap.
    """

    # The power cycle's number; the RTC's reading at ticks 0; the current shift of the RTC.
    boot: int
    zero_ms: int
    pending_ms: int
    # The ticks when the state was saved.
    saved_ticks: int
    # True if the true time is known: ref_ms at ref_ticks; the learned drift of the RTC.
    synced: int
    ref_ticks: int
    ref_ms: int
    drift_ppm: int
    # The last stamp of a sample; the correction of the clock by the last sync.
    last_ms: int
    clock_error_ms: int
    # In ticks.
    sample_due: int
    send_due: int
    sync_due: int
    health_due: int
    # Consecutive failed uploads; the others count since the boot began.
    failures: int
    crashes: int
    sensor_errors: int
    # The queue's hint: its next row, readings so far, the CRC of its channels.
    next_row: int
    readings: int
    schema: int
    # The [[wifi]] joined last; its addresses, and when they expire.
    network: int
    lease: bytes
    lease_due: int
    # The server's address, the CRC of its name, and when the address expires.
    server: bytes
    server_crc: int
    server_due: int
    # 1: rows were lost, and a gap is to be noted before the next one is queued.
    gap: int
    # The ticks at which rows that wait in RTC memory go to the queue.
    flush_due: int
    # During a deep sleep: the ring's place.
    ring_page: int
    ring_at: int
    ring_step: int
    # Each uplink's due time and failures: see sending/schedule/schedule.py.
    uplinks: bytes
    # The last stamp of the node's own channels, and of a fast sensor's.
    own_last_ms: int
    fast_last_ms: int
    # A byte for each uplink: see sending/schedule/busy.py. Then 6 of the battery (power/level.py),
    # 4 of its cadence, 4 of alarms, 6 of the access point, 24 of its charge, 26 of the values kept
    # last and 1 of the time servers; separate fields would take more heap on each node.
    busy: bytearray


def new_state(copy=None) -> State:
    """Return the state in `copy`, which begins with FORM's bytes, or an empty one without it."""
    s = State()
    # One by one: a string of their names would take space in the slot, and the names take heap.
    (
        _, _,
        s.boot, s.zero_ms, s.pending_ms, s.saved_ticks, s.synced, s.ref_ticks, s.ref_ms,
        s.drift_ppm, s.last_ms, s.clock_error_ms, s.sample_due, s.send_due, s.sync_due,
        s.health_due, s.failures, s.crashes, s.sensor_errors, s.next_row, s.readings,
        s.schema, s.network, s.lease, s.lease_due, s.server, s.server_crc, s.server_due,
        s.gap, s.flush_due, s.ring_page, s.ring_at, s.ring_step, s.uplinks,
        s.own_last_ms, s.fast_last_ms, s.busy,
    ) = struct.unpack_from(FORM, copy or bytes(struct.calcsize(FORM)))  # fmt: skip
    s.busy = bytearray(s.busy)
    return s
