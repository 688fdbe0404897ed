"""Several uplinks: the order of their turns, their state, and the times of alerts."""

import struct

from support.node.chip import SETTINGS
from support.node.site import Site
from wherry.sending.schedule import schedule

WEEKS_MS = 8 * 604_800_000
BEGIN = 1_000_000


def booted(source="mains", **settings):
    """Return a node with three uplinks, the third one for a held channel."""
    site = Site(dict(SETTINGS, power={"source": source}, **settings))
    node = site.boot()
    held = site.upload(node.queue, node.clock, "c", node.uploads[0].dialect, {}, None)
    held.is_held, held.settings = True, node.uploads[1].settings
    node.uploads.append(held)
    site.scans = []
    site.scan = lambda upload, node, is_joined: site.scans.append((upload.name, is_joined))
    return site, node


def names(uploads):
    return "".join([upload.name for upload in uploads])


def test_an_uplink_is_due_at_its_time_or_if_that_time_is_impossible():
    _, node = booted()
    a, b, held = node.uploads
    b.due, b.failures = BEGIN + 1, 0
    held.due, held.failures = BEGIN + 1, 1
    for due, is_due in (
        (BEGIN - 1, True), (BEGIN, True), (BEGIN + 1, False), (BEGIN + WEEKS_MS, False),
        (BEGIN + WEEKS_MS + 1, True), (0, True),
    ):  # fmt: skip
        a.due = due
        assert names(schedule.due_uploads(node, BEGIN)) == ("a" if is_due else ""), due
    del a.due
    assert names(schedule.due_uploads(node, BEGIN)) == "a"
    # A held channel is due when its uplink is, except while the channel is refused.
    a.due, held.failures = BEGIN + 1, 0
    assert names(schedule.due_uploads(node, BEGIN)) == "c"
    held.due = BEGIN
    held.failures = 1
    assert names(schedule.due_uploads(node, BEGIN)) == "c"


def test_the_uplink_with_the_fewest_failures_and_the_longest_wait_is_first():
    _, node = booted()
    for values, order in (
        (((0, 5), (0, 4), (0, 6)), "bac"), (((1, 1), (0, 9), (2, 0)), "bac"),
        (((1, 3), (1, 2), (1, 1)), "cba"), (((0, 1), (0, 2), (0, 3)), "abc"),
        # Of equals, the first in the configuration.
        (((0, 5), (0, 5), (0, 5)), "abc"), (((1, 5), (0, 5), (0, 5)), "bca"),
    ):  # fmt: skip
        for upload, (failures, due) in zip(node.uploads, values):
            upload.failures, upload.due = failures, due
        assert names(schedule.due_uploads(node, BEGIN)) == order, values


def test_an_uplink_whose_last_turn_ended_for_lack_of_time_is_last():
    _, node = booted()
    for failures, flags, order in (
        ((0, 0, 0), (64, 0, 0), "bca"), ((0, 0, 0), (64, 65, 128), "cab"),
        ((1, 0, 0), (0, 64, 0), "cab"),
    ):  # fmt: skip
        for i in range(3):
            node.uploads[i].failures, node.uploads[i].due = failures[i], 5
            node.stage.state.busy[i] = flags[i]
        assert names(schedule.due_uploads(node, BEGIN)) == order, flags


def test_each_uplinks_turn_has_its_own_cadence_failures_and_deadline():
    for source in ("mains", "battery"):
        site, node = booted(source)
        state, b = node.stage.state, node.uploads[1]
        for own_ms, every_ms, expected_ms in (
            (None, 40_000, 40_000), (70_000, 40_000, 70_000), (None, 0, 30_000),
        ):  # fmt: skip
            node.send_every_ms, b.failures = 30_000, 3
            b.settings["send_every_ms"] = own_ms
            begin = node.ticks() - 5
            deadline = schedule.start(node, b, begin, 123, every_ms)
            assert deadline == (node.ticks() + 20_000 if source == "mains" else 123)
            assert (node.send_every_ms, state.failures) == (expected_ms, 3)
            assert begin < state.send_due <= begin + expected_ms
            ms = node.clock.true_ms(node.ticks())
            assert b.session.now == (ms // 1000, ms % 1000)
        state.failures, state.send_due = 9, 777
        schedule.end(node, b)
        assert (b.failures, b.due) == (9, 777) and not site.scans


def test_scans_are_made_for_due_uplinks_before_and_after_joining():
    for kind in ("wlan_scan", "bluetooth_scan", "gsm_scan"):
        site, node = booted()
        a, b, _ = node.uploads
        a.due, b.due = BEGIN, BEGIN + 1
        for upload in (a, b):
            upload.settings[kind] = True
        schedule.prepare(node, BEGIN)
        # The held channel has the settings of its uplink.
        assert site.scans == [("a", False), ("c", False)], kind
        schedule.start(node, a, BEGIN, 0, 0)
        assert site.scans[2:] == [("a", True)], kind


def test_a_failed_join_is_a_failure_of_each_due_uplink():
    _, node = booted()
    state = node.stage.state
    for upload, due, failures in zip(node.uploads, (BEGIN, BEGIN, BEGIN + 1), (0, 5, 0)):
        upload.due, upload.failures = due, failures
    state.failures, state.send_due = 2, BEGIN + 9_000
    schedule.store(node, BEGIN)
    assert [upload.failures for upload in node.uploads] == [2, 5, 0]
    # The last failure of the due ones was without an answer.
    assert list(state.busy[:3]) == [0x80, 0x80, 0]


def test_the_state_of_all_uplinks_has_the_bytes_of_the_spec():
    for dues, seconds in (
        ((1, 1000, 1001), (1, 1, 2)), ((0, -5, 999), (0, 0, 1)),
        ((2_000_000, 3_000_001, 1 << 42), (2000, 3001, 0xFFFFFFFF)),
        ((0xFFFFFFFF * 1000, 5, 5), (0xFFFFFFFF, 1, 1)),
    ):  # fmt: skip
        _, node = booted()
        state = node.stage.state
        state.uplinks = bytes(range(34))
        for i in range(3):
            node.uploads[i].due, node.uploads[i].failures = dues[i], 3 + i
        schedule.store(node)
        content = b"".join([struct.pack("<IB", seconds[i], 3 + i) for i in range(3)])
        assert state.uplinks == content + bytes(15) + bytes(range(30, 34)), dues
        # A turn at an earlier time would find no uplink due, and join the network for nothing.
        assert (state.send_due, state.failures) == (min(seconds) * 1000, 3), dues
        for upload, due_s in zip(node.uploads, seconds):
            assert upload.due == due_s * 1000
