"""The Date of the uplinks' servers in place of the time servers, and to confirm them."""

from support.node.check import raises
from support.node.chip import TRUE_AT_START
from support.time.asked_chip import (
    DAY,
    DEADLINE,
    HOUR,
    MINUTE,
    YEAR,
    AskedChip,
    error_of,
    known,
)  # fmt: skip
from wherry.ready import get_time as sync
from wherry.stage.memory import SILENT_AT
from wherry.time import rtc
from wherry.time.sleep_clock import uncertainty_ms

CLOSE = (("Connection", "close"), ("Cache-Control", "no-cache"))


def test_a_silent_time_server_is_replaced_by_the_date_of_the_server():
    chip = AskedChip(*[None] * 3, dates=[300, -700])
    chip.rtc_offset = TRUE_AT_START
    node = chip.boot()
    state = node.stage.state
    for _ in range(2):
        raises(OSError, sync, node, DEADLINE)
    assert chip.heads == [] and not state.synced
    sync(node, DEADLINE)
    assert abs(error_of(chip)) <= 1240 and uncertainty_ms(node.clock, node.ticks()) == 540
    host, ca = "h.test", node.uploads[0].settings["ca"]
    assert chip.heads == [
        ("HEAD", "http://%s:80/" % host, CLOSE, None, ()),
        ("HEAD", "https://%s:443/" % host, CLOSE, None, ca),
    ]
    assert chip.lines[-2:] == ["time: from the server's date", "time: known, was off by 0 ms"]
    # The RTC is known: no further plain request. The time servers are asked again after six Dates.
    chip.dates = [0] * 5
    for _ in range(5):
        chip.pass_ms(HOUR)
        sync(node, node.ticks() + DEADLINE)
    assert not chip.dates and len(chip.heads) == 7 and len(chip.asked) == 3
    assert abs(state.drift_ppm) < 150 and abs(error_of(chip)) <= 600
    chip.errors = [4]
    sync(node, node.ticks() + DEADLINE)
    assert error_of(chip) == 4 and state.busy[SILENT_AT] == 0


def test_nothing_is_known_if_the_certificate_is_not_valid_at_the_provisional_date():
    for dates in ([None], [0, None], [-2 * YEAR], [-2 * DAY], [""]):
        chip = AskedChip(*[None] * 3, dates=dates)
        chip.rtc_offset = TRUE_AT_START
        node = chip.boot()
        for _ in range(3):
            raises(OSError, sync, node, DEADLINE)
        assert not node.stage.state.synced and not chip.dates and len(chip.heads) == len(dates)
        # The time servers may have come back, so they are asked first.
        chip.errors, chip.dates = [0], [0]
        sync(node, DEADLINE)
        assert abs(error_of(chip)) <= 600


def test_an_rtc_that_a_reset_left_far_off_is_set_again():
    chip = known(0)
    rtc.set_forward(chip.node, 5 * YEAR)
    sync(chip.node, DEADLINE)
    assert chip.rtc_ms() == chip.true_ms and error_of(chip) == 0 and chip.node.ticks() == 2000


class Uplink:
    """Another uplink of a node, as far as the time needs it."""

    def __init__(self, endpoint):
        self.settings = {"endpoint": endpoint, "ca": ("b.der",)}


def test_the_server_of_another_uplink_gives_the_time_if_the_first_one_does_not():
    for dates in ([None, 0, 0], [0, None, 0, 0], ["", 0, 0]):
        chip = AskedChip(*[None] * 3, dates=dates)
        chip.rtc_offset = TRUE_AT_START
        node = chip.boot()
        node.uploads += [Uplink("https://h.test/other"), Uplink("https://b.test/api")]
        for _ in range(2):
            raises(OSError, sync, node, DEADLINE)
        sync(node, DEADLINE)
        assert abs(error_of(chip)) <= 600 and not chip.dates
        assert [head[1] for head in chip.heads[-2:]] == [
            "http://b.test:80/",
            "https://b.test:443/",
        ]
        assert chip.heads[-1][4] == ("b.der",)


def test_the_date_of_a_server_without_a_certificate_is_not_used():
    chip = AskedChip(*[None] * 3, dates=[0])
    node = chip.boot()
    node.uploads[0] = Uplink("http://h.test/api")
    for _ in range(3):
        error = raises(OSError, sync, node, DEADLINE)
    assert "no uplink has https://" in str(error) and chip.heads == []
    chip.errors = [5]
    sync(node, DEADLINE)
    assert error_of(chip) == 5


def test_a_large_drift_is_corrected_by_a_date_alone():
    chip = known(None, dates=[20 * MINUTE, 20 * MINUTE])
    node = chip.node
    state = node.stage.state
    state.busy[SILENT_AT] = 3
    for hours, error_ms in ((24, 0), (48, 20 * MINUTE)):
        # 0.5 % of two days are 14.4 minutes, and five more need no other source.
        chip.pass_ms(hours * HOUR)
        sync(node, node.ticks() + DEADLINE)
        assert abs(error_of(chip) - error_ms) <= 600


def test_a_doubted_time_sets_the_rtc_only_if_the_date_confirms_it():
    for date, is_taken in ((None, False), (0, True)):
        # The first answer was wrong by three years, so the certificate looks invalid.
        chip = known(0, off_ms=3 * YEAR, dates=[0, date])
        node = chip.node
        was_ms = chip.rtc_ms() - chip.true_ms
        sync(node, DEADLINE)
        now_ms = chip.rtc_ms() - chip.true_ms
        assert was_ms == 3 * YEAR and abs(now_ms - (0 if is_taken else was_ms)) < 1000
        assert node.ticks() == 2000 + 2 * 80 and error_of(chip) == (0 if is_taken else 3 * YEAR)
