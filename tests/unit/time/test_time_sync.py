"""Time requests of a node: the deadline, the next request, a cut while the RTC is being set."""

from support.node.check import raises
from support.node.chip import TRUE_AT_START, Chip
from support.node.texts import stamp_text
from support.stage.rtc_memory import Memory
from wherry.http.response import Answer
from wherry.ready import get_time as sync
from wherry.stage.memory import SILENT_AT
from wherry.time import setting
from wherry.time.setting import goes_on

MINUTE, HOUR, DAY, YEAR = 60_000, 3_600_000, 86_400_000, 31_536_000_000
DEADLINE = 90_000
CLOSE = (("Connection", "close"), ("Cache-Control", "no-cache"))


class AskedChip(Chip):
    """A chip whose time servers' answers have these `errors` in ms; None means no answer.

    `asked` has the deadline of each request in ticks, and `set_at` has RTC memory as it was when
    the RTC was set. `dates` are the errors of the Dates of the uplink's server, whose certificate
    is valid if the RTC is right within a year; None means no answer, "" one without a Date, "age"
    one from a cache.
    `heads` are the requests.
    """

    def __init__(self, *errors, hosts=("a.example",), dates=()):
        super().__init__()
        self.time = {"sntp": list(hosts), "http_date": dates != ()}
        self.errors, self.dates = list(errors), list(dates)
        self.asked, self.heads, self.set_at = [], [], []
        self.date_min_s, self.sent_ms = TRUE_AT_START // 1000 - 86_400, 0

    def network_time(self, deadline_ms, first):
        self.asked.append(deadline_ms - self.node.stage.state.zero_ms)
        error = self.errors.pop(0)
        if error is None:
            raise OSError("no time from any server")
        return self.rtc_ms(), self.true_ms + error, 10, first

    def exchange(self, request, deadline_ms, ca):
        self.heads.append((request.method, request.url, request.headers, request.body_size, ca))
        self.sent_ms = self.rtc_ms()
        self.pass_ms(80)
        error = self.dates.pop(0)
        if error is None:
            raise OSError("no way")
        if request.url[:5] == "https" and abs(self.rtc_ms() - self.true_ms) > YEAR:
            raise OSError("The certificate validity starts in the future")
        answer = Answer()
        answer.headers = {}
        if error == "age":
            answer.headers["age"], error = "60", 0
        if error != "":
            answer.headers["date"] = date_text((self.true_ms + error - 40) // 1000)
        return answer

    def set_rtc(self, ms):
        self.set_at.append((bytes(self.memory.content), self.rtc_ms(), ms))
        super().set_rtc(ms)

    def boot(self):
        self.node = super().boot()
        self.pass_ms(2000)
        return self.node


def date_text(s):
    """Return the Date of a time in seconds since 2000; the day of the week is always Monday."""
    text = stamp_text(s, 0)
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[int(text[5:7]) * 3 - 3 :][:3]
    return "Mon, %s %s %s %s GMT" % (text[8:10], month, text[:4], text[11:19])


def known(*errors, off_ms=0, **options):
    """Return an AskedChip that has booted and knows the time, which is off by `off_ms`."""
    chip = AskedChip(*errors, **options)
    chip.rtc_offset = TRUE_AT_START
    node = chip.boot()
    assert setting.learn(node, (node.ticks(), chip.true_ms + off_ms, 0, 0), True)
    return chip


def error_of(chip):
    """Return the error of the node's clock in ms."""
    return chip.node.clock.true_ms(chip.node.ticks()) - chip.true_ms


def test_a_request_for_an_unknown_time_may_last_until_the_deadline():
    chip = AskedChip(None, 0)
    node = chip.boot()
    state = node.stage.state
    assert "no time" in str(raises(OSError, sync, node, DEADLINE))
    assert chip.asked == [DEADLINE] and state.sync_due == 0 and not chip.lines
    sync(node, DEADLINE)
    assert chip.asked == [DEADLINE] * 2 and state.synced == 1
    assert state.sync_due == node.ticks() + HOUR
    assert chip.lines == ["time: known, was off by 0 ms"]


def test_a_known_time_is_requested_for_five_seconds_and_again_in_ten_minutes():
    chip = AskedChip(0, None, 30, None)
    node = chip.boot()
    state = node.stage.state
    sync(node, DEADLINE)
    for left_ms, asked_ms, due, reported in (
        (88_000, 5000, 10 * MINUTE, "no time from any server"),
        (5001, 5000, HOUR, "time: known, was off by 30 ms"),
        (4999, 4999, 10 * MINUTE, "no time from any server"),
    ):
        chip.pass_ms(1)
        ticks = node.ticks()
        sync(node, ticks + left_ms)
        assert chip.asked.pop() == ticks + asked_ms and chip.lines[-1] == reported
        assert state.sync_due == ticks + due


FAR = 10 * MINUTE
# (servers, errors of the answers, errors of the Dates or None, error of the clock after them).
STEPS = (
    # A single source confirms itself only if another one is not configured.
    (1, (FAR, FAR), (), FAR), (1, (FAR, -FAR), (), 0), (1, (FAR, 5), (), 5),
    # The other server confirms the first, contradicts it, is silent, or denies the step.
    (2, (FAR, FAR), (), FAR), (2, (FAR, -FAR), (), 0), (2, (FAR, None), (), 0),
    (2, (FAR, 7), (), 7),
    # A Date does; it is rounded down to seconds, to which half of one is added.
    (1, (FAR,), (FAR,), FAR), (1, (FAR,), (-FAR,), 0), (1, (FAR,), (None,), 0),
    (1, (FAR,), (0,), 0),
    (2, (FAR, -FAR), (-FAR,), -FAR), (2, (FAR, -FAR), (FAR,), FAR), (2, (FAR, None), (FAR,), FAR),
)  # fmt: skip


def test_a_large_correction_needs_another_source():
    for servers, errors, dates, error_ms in STEPS:
        chip = known(*errors, hosts=("a.example", "b.example")[:servers], dates=dates)
        node = chip.node
        sync(node, DEADLINE)
        case = servers, errors, dates
        assert not chip.errors and not chip.dates, case
        assert abs(error_of(chip) - error_ms) <= (600 if dates else 0), (case, error_of(chip))
        is_known = error_ms or 0 in dates
        known_ms = HOUR if is_known or errors[-1] in (5, 7) else FAR
        assert node.stage.state.sync_due == node.ticks() + known_ms, case


def test_two_answers_of_one_server_do_not_confirm_each_other():
    chip = known(FAR, None, FAR, None, FAR, FAR, hosts=("a.example", "b.example"))
    node = chip.node
    for _ in range(2):
        sync(node, DEADLINE)
    assert error_of(chip) == 0
    sync(node, DEADLINE)
    assert error_of(chip) == FAR


# (errors of the two servers' answers, errors of the Dates or None, error of the clock or None).
FIRSTS = (
    ((5, 8), (), 8), ((5, 8), (None,), 8), ((None,), (), None), ((5, FAR), (), None),
    ((5, FAR), (0,), 5), ((FAR, 5), (0,), 5), ((5, FAR), (-FAR,), None), ((5, FAR), ("",), None),
    ((5, None), (0,), 5), ((5, None), (None,), None), ((5, None), (), 5),
    # If only one server answers, the clock of the uplink's server may be less exact.
    ((5, None), (FAR,), None), ((5, None), (4 * MINUTE,), 5), ((5, None), ("",), 5),
    # A Date before the firmware's build or from a cache is like none.
    ((5, None), (-2 * DAY,), 5), ((5, None), ("age",), 5),
    # The certificate is not valid at the time of the first answer.
    ((5 * YEAR, 3), (0, 0), 3), ((3, 5 * YEAR), (0,), 3),
)  # fmt: skip


def test_the_first_time_of_a_boot_needs_another_source_if_there_are_several():
    for errors, dates, error_ms in FIRSTS:
        chip = AskedChip(*errors, hosts=("a.example", "b.example"), dates=dates)
        node = chip.boot()
        if error_ms is None:
            raises(OSError, sync, node, DEADLINE)
            assert not node.stage.state.synced
        else:
            sync(node, DEADLINE)
            assert error_of(chip) == error_ms, (errors, dates)
        # A Date is not requested if the servers agree.
        assert not chip.errors and len(chip.dates) == (errors == (5, 8) and len(dates))


def test_a_time_before_the_last_known_one_needs_another_source():
    chip = AskedChip(-FAR, None, -FAR, -FAR, hosts=("a.example", "b.example"), dates=[FAR])
    node = chip.boot()
    node.clock.anchors[0] = (0, chip.true_ms - MINUTE)
    raises(OSError, sync, node, DEADLINE)
    assert not node.stage.state.synced
    sync(node, DEADLINE)
    assert error_of(chip) == -FAR


def test_a_silent_time_server_is_replaced_by_the_date_of_the_server():
    chip = AskedChip(*[None] * 3, dates=[300, -700])
    chip.rtc_offset = TRUE_AT_START
    node = chip.boot()
    state = node.stage.state
    for _ in range(2):
        raises(OSError, sync, node, DEADLINE)
    assert chip.heads == [] and not state.synced
    sync(node, DEADLINE)
    assert abs(error_of(chip)) <= 1240 and state.sync_due == node.ticks() + HOUR
    host, ca = "h.test", node.uploads[0].settings["ca"]
    assert chip.heads == [
        ("HEAD", "http://%s:80/" % host, CLOSE, None, ()),
        ("HEAD", "https://%s:443/" % host, CLOSE, None, ca),
    ]
    assert chip.lines[-2:] == ["time: from the server's date", "time: known, was off by 0 ms"]
    # The RTC is known: no further plain request. The time servers are asked again in a day.
    chip.dates = [0] * 23
    for _ in range(23):
        chip.pass_ms(HOUR)
        sync(node, node.ticks() + DEADLINE)
    assert not chip.dates and len(chip.heads) == 25 and len(chip.asked) == 3
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


def test_without_http_date_only_time_servers_are_asked():
    chip = AskedChip(*[None] * 9)
    node = chip.boot()
    for _ in range(9):
        raises(OSError, sync, node, DEADLINE)
    assert not chip.errors and chip.heads == []


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


def test_an_rtc_that_a_reset_left_far_off_is_set_again():
    chip = known(0)
    setting.set_rtc(chip.node, 5 * YEAR)
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


def test_an_rtc_step_is_saved_as_pending_before_it_and_as_done_after_it():
    chip = AskedChip(0)
    chip.rtc_offset = TRUE_AT_START
    node = chip.boot()
    state = node.stage.state
    node.save()
    before = state.zero_ms
    sync(node, DEADLINE)
    ((content, was_ms, is_ms),) = chip.set_at
    shift = TRUE_AT_START
    assert is_ms - was_ms == shift == chip.true_ms - was_ms
    announced = Memory(content).stage(18, own_count=16).state
    assert (announced.pending_ms, announced.zero_ms) == (shift, before)
    assert announced.synced == 1 and announced.saved_ticks == 2000
    for rtc_ms in (was_ms + 300, is_ms + 300):
        state = Memory(content).stage(18, own_count=16).state
        assert goes_on(state, rtc_ms) and rtc_ms - state.zero_ms == 2300
    settled = chip.memory.stage(18, own_count=16).state
    assert (settled.pending_ms, settled.zero_ms) == (0, before + shift)
    assert node.ticks() == 2000 and settled.saved_ticks == 2000
