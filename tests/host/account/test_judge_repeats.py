"""The judge knows why a reading is repeated, and whether a set-aside one was refused."""

from support.account.judge_sources import S_US, objections
from support.account.judge_uploads import Uploads, upload_us
from wherry_host.account.uplink_tables import refused_in

# When the server receives the repeated readings.
AT_US = upload_us(3)


def came_again(copies=1, count=5):
    """Return Sources whose server received some readings again, and has recognised them."""
    sources = Uploads()
    first = next(i for i, point in enumerate(sources.points) if point[4] == AT_US)
    for i in range(first, first + count):
        channel, time_us, value, _, received_us = sources.points[i]
        sources.points[i] = channel, time_us, value, copies, received_us
    return sources


def test_a_server_reports_the_repeats_that_it_recognises():
    sources = came_again()
    objections(sources, "load at", "came twice, and no answer to it was lost; so did 4 more")
    # After a server error on one reading the next reading is sent, then the two alternate.
    for status, received_us, balances in ((0, AT_US, True), (503, AT_US - 1, True),
                                          (400, AT_US - 1, False)):  # fmt: skip
        sources = came_again()
        if received_us == AT_US:
            del sources.answers[3]
        sources.answers.append((received_us, "harbor_v2", status))
        assert balances == (twice(sources) == []), status
    # As often as answers were lost; the last one was lost with the power.
    sources = came_again(copies=3)
    sources.answers[3] = (AT_US, "harbor_v2", 0)
    assert twice(sources)
    sources.answers.append((AT_US + 1, "harbor_v2", 0))
    assert not twice(sources)


def twice(sources):
    return [text for text in sources.account().problems if "came twice" in text]


def test_ordered_readings_may_be_repeated():
    sources = came_again()
    sources.lines += [(AT_US, f"1.000 order: replay-harbor: {count} sent") for count in (2, 4)]
    assert twice(sources)
    sources.events.append({"event": "interrupt", "time_us": upload_us(9) + S_US})
    assert twice(sources)[0].endswith("came twice, and no answer to it was lost")
    sources.lines.append((AT_US, "1.000 order: replay-harbor: 5 sent"))
    assert not twice(sources)


def test_a_server_refuses_a_reading_alone_for_good():
    for refusals, is_refused in (
        ([(400, 1)], True),
        ([(422, 2), (413, 100)], False),
        ([(401, 1), (404, 1), (429, 1), (503, 1)], False),
        # The server fails on the reading, accepts the next one, and fails on the reading again.
        ([(500, 1), (503, 1)], True),
        ([(500, 2), (500, 1)], False),
        ([(202, 1)], True),
    ):
        rows = [("load", 7, *refusal) for refusal in refusals]
        assert bool(refused_in(rows, deduplicates=True)) == is_refused, refusals
    # A partly accepted batch is set aside completely if it would be stored twice.
    part = [("load", 7, 201, 2)]
    assert refused_in(part, deduplicates=False) and not refused_in(part, deduplicates=True)
