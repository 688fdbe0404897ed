"""The console's line of each upload is compared with the table and with the flash."""

import pytest
from support.account.judge_sources import S_US, balanced, objections
from support.account.judge_uploads import Uploads, upload_us


def test_true_lines_balance():
    balanced(Uploads(), duplicates=0)


@pytest.mark.parametrize(("reports", "words"), [
    (lambda sent, waiting: (sent, waiting + 50), "the console says 50 waiting, the flash has 0"),
    (lambda sent, waiting: (sent // 2, waiting), "the console says 10 delivered, 21 had come"),
    (lambda sent, waiting: (sent - 1, waiting), "the console says 20 delivered, 21 had come"),
    (lambda sent, waiting: (2 * sent, waiting), "the console says 42 delivered, the server has"),
    (lambda sent, waiting: (sent + 1, waiting), "the console says 22 delivered, the server has"),
])  # fmt: skip
def test_a_false_line_is_found(reports, words):
    objections(Uploads(reports=lambda i, *counts: reports(*counts)), "harbor at", words)


def test_a_single_line_is_found():
    for i in (3, -1):
        sources = Uploads()
        time_us = upload_us(i % 24) + 20_000
        place = [each[0] for each in sources.lines].index(time_us)
        sources.lines[place] = (time_us, "1.000 harbor: delivered 21, 9 waiting")
        objections(sources, "the console says 9 waiting, the flash has 0")


def test_an_upload_that_failed_later_has_no_line():
    def reports(i, *counts):
        return None if i == 7 else counts

    objections(
        Uploads(reports=reports), "the console says 21 delivered, 42 had come to the server"
    )
    for strikes, status in (([(upload_us(7) + 100, "stall")], 202), ([], 0)):
        sources = Uploads(reports=reports)
        sources.strikes += strikes
        sources.answers[7] = (*sources.answers[7][:2], status)
        balanced(sources)


def test_a_line_may_be_read_after_the_next_row_is_in_flash():
    sources = Uploads()
    i = [time_us for time_us, _ in sources.lines].index(upload_us(3) + 20_000)
    # Half a second later the next row is in flash.
    sources.lines[i] = (upload_us(3) + S_US // 2 + 40_000, sources.lines[i][1])
    balanced(sources)
