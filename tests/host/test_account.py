"""The account catches what a run may hide: planted faults in the sources of one that balances."""

import struct

from account_sources import ROW_COUNT, S_US, T0_US, Sources, objections
from wherry import small_file
from wherry.health_channels import CHANNELS as HEALTH
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.rows.frame import MS, UNDATED
from wherry_host.owner.kept import read_kept
from wherry_host.virtual.image import Image


def test_a_whole_run_balances():
    account = Sources().account()
    assert account.problems == []
    assert account.counts.sampled == account.counts.delivered == 3 * ROW_COUNT + len(HEALTH)
    assert 1 < account.worst_stamp_error_ms < 3


def test_a_point_removed_from_the_table_is_lost():
    for channel in ("temperature", "load", "node_waiting"):
        sources = Sources()
        i = [point[0] for point in sources.points].index(channel)
        del sources.points[i]
        account = objections(sources, channel, "lost", "behind the cursor")
        assert account.counts.sampled == account.counts.delivered + 1


def test_thinned_rows_are_explained_within_thinned_segments_only():
    sources = Sources()
    sources.forget_row(2)
    sources.progress.thinned, sources.kept.thinned_rows = 3, [(1, 4)]
    account = sources.account()
    assert account.problems == [] and account.counts.thinned == 3
    sources.forget_row(5)
    sources.progress.thinned += 3
    objections(sources, "lost", "row 5")


def test_a_point_doubled_under_another_stamp_is_a_duplicate():
    for shift_us in (3000, 400_000, 3600 * S_US, -86_400 * S_US):
        for i in (3, 4, len(HEALTH) * -1):
            sources = Sources()
            channel, time_us, value = sources.points[i]
            sources.points.append((channel, time_us + shift_us, value))
            account = objections(sources, channel, "duplicate")
            assert account.counts.duplicates == 1


def test_a_wrong_value_is_told():
    sources = Sources()
    channel, time_us, value = sources.points[3]
    sources.points[3] = (channel, time_us, value + 0.02)
    account = objections(sources, channel, "is stored", "was measured")
    assert account.counts.delivered == account.counts.sampled - 1


def test_a_wrong_value_in_flash_is_told_before_it_is_sent():
    sources = Sources()
    sources.kept.readings[6].value += 1
    objections(sources, "the flash has", "was measured")


def test_a_stamp_too_far_off_is_told():
    sources = Sources()
    for i, (channel, time_us, value) in enumerate(sources.points):
        sources.points[i] = (channel, time_us + 49_000, value)
        if i < len(sources.kept.readings):
            sources.kept.readings[i].stamp_us += 49_000
    objections(sources, "51.0 ms off")


def test_a_stamp_that_is_not_the_flash_s_is_told():
    sources = Sources()
    channel, time_us, value = sources.points[9]
    sources.points[9] = (channel, time_us + 1000, value)
    objections(sources, "the flash has another stamp")


def test_a_point_that_no_measurement_accounts_for_is_told():
    for point in (("load", T0_US - 9 * S_US, 7.5), ("unknown", T0_US, 1.0)):
        sources = Sources()
        sources.points.append(point)
        account = objections(sources, point[0], "unexplained")
        assert account.counts.duplicates == 0


def test_a_row_that_is_neither_in_flash_nor_at_the_server_is_lost():
    for row in (4, ROW_COUNT):
        sources = Sources()
        sources.forget_row(row)
        account = objections(sources, f"lost: row {row}", "nowhere")
        count = 3 if row < ROW_COUNT else len(HEALTH)
        assert account.counts.sampled == account.counts.delivered + count


def test_rows_behind_the_cursor_wait():
    sources = Sources()
    sources.forget_row(8, flash=False)
    sources.forget_row(9, flash=False)
    sources.forget_row(10, flash=False)
    sources.progress.cursor = (8, 1)
    account = objections(sources, "lost: row 8")
    assert account.counts.waiting == 2 + 3 + len(HEALTH)
    sources.progress.cursor = (8, 0)
    assert sources.account().balances


def test_dropped_rows_must_be_counted_by_the_node():
    sources = Sources()
    sources.forget_row(0)
    sources.progress.dropped = 2
    account = objections(sources, "lost: row 0")
    assert account.counts.dropped == 2
    sources.progress.dropped = 3
    assert sources.account().balances
    sources.forget_row(3)
    sources.progress.dropped = 6
    objections(sources, "lost: row 3")


def test_what_was_set_aside_may_have_to_go_too():
    sources = Sources()
    for reading in sources.kept.readings[:6]:
        reading.stamp_us = None
    sources.points = sources.points[6:]
    sources.progress.set_aside = sources.kept.readings[3:6]
    sources.progress.dropped = 2
    objections(sources, "lost: row 0", "behind the cursor")
    sources.progress.dropped = 3
    account = sources.account()
    assert account.problems == []
    assert (account.counts.set_aside, account.counts.dropped) == (3, 3)
    # Those of other uplinks may have taken all the room.
    aside, sources.progress.set_aside = sources.progress.set_aside, []
    objections(sources, "lost: row 1", "behind the cursor")
    sources.progress.dropped = 6
    assert sources.account().counts.dropped == 6
    sources.progress.set_aside = aside
    # One newer than those that are still set aside had no reason to go.
    sources.points = sources.points[3:]
    sources.progress.dropped = 6
    objections(sources, "lost: row 2", "behind the cursor")


def test_a_delivered_row_may_leave_the_flash():
    sources = Sources()
    for row in (0, 1, 2):
        sources.forget_row(row, table=False)
    assert sources.account().problems == []
    sources = Sources()
    sources.forget_row(10, table=False)
    assert sources.account().problems == []


def test_readings_set_aside_have_their_place():
    sources = Sources()
    aside = sources.kept.readings[7]
    sources.points.remove((aside.channel, aside.stamp_us, aside.value))
    sources.progress.set_aside.append(aside)
    account = sources.account()
    assert account.problems == []
    assert account.counts.set_aside == 1


def test_a_measurement_that_its_row_never_had_is_not_sampled():
    sources = Sources()
    sources.points.pop(6)
    sources.kept.readings.pop(6)
    objections(sources, "lost: row 2")
    sources.lines[2] = (sources.lines[2][0], "1.000 row 2: 2 readings")
    account = sources.account()
    assert account.problems == []
    assert account.unread == 1


def test_a_fast_clock_allows_for_the_host():
    sources = Sources()
    for i in range(3):
        sources.kept.readings[i].stamp_us += 700_000
        channel, time_us, value = sources.points[i]
        sources.points[i] = (channel, time_us + 700_000, value)
    objections(sources, "the stamp in flash is 70")
    objections(sources, "the stamp is 70")
    # At this speed one pause of the host also divides the battery's samples.
    for entry in sources.truth[6:10]:
        entry["time_us"] += 600_000
    sources.lines[0] = (sources.lines[0][0] + 600_000, sources.lines[0][1])
    assert not sources.account().balances
    assert sources.account(20).problems == []


def test_the_flash_is_read_as_the_node_wrote_it(tmp_path):
    channels = [("a", "", 1), ("b", "V", 0)]
    root = f"{tmp_path}/data"
    queue = Queue(root, channels, True, 1 << 20)
    queue.append(MS | UNDATED, 1, 5, 250, 3, [15, 7])
    queue.append(MS, 0, 1000, 1, 1, [-4])
    queue.append(MS | UNDATED, 2, 9, 0, 2, [9])
    for folder in ("cursors", "aside"):
        (tmp_path / "data" / folder).mkdir()
    ledger = in_file(f"{root}/cursors/harbor")
    ledger.row, ledger.channel, ledger.dropped = 1, 1, 12
    ledger.save()
    # The anchor of boot 1: its tick 6000 ms was 900 s after the start of 2000.
    small_file.write(f"{root}/anchors", struct.pack("<Iqq", 1, 6000, 900_000))
    image = Image.create(tmp_path / "flash.img", 256 << 10)
    with Image(image) as opened:
        for path in (tmp_path / "data").rglob("*"):
            if path.is_file():
                opened.write(str(path.relative_to(tmp_path)), path.read_bytes())
    before = image.read_bytes()
    kept = read_kept(image)
    epoch_us = 946_684_800 * S_US
    assert [(each.row, each.channel, each.value, each.stamp_us) for each in kept.readings] == [
        (0, "a", 1.5, epoch_us + 899_250_000),
        (0, "b", 7.0, epoch_us + 899_250_000),
        (1, "a", -0.4, epoch_us + 1_000_001_000),
        (2, "b", 9.0, None),
    ]
    assert (kept.of("harbor").cursor, kept.of("harbor").dropped) == ((1, 1), 12)
    assert image.read_bytes() == before
    assert read_kept(Image.create(tmp_path / "blank.img", 256 << 10)).readings == []
