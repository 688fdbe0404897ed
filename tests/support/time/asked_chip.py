"""A simulated chip whose time servers and uplink's server give chosen times."""

from support.node.chip import TRUE_AT_START, Chip
from support.node.texts import stamp_text
from wherry.http.response import Answer
from wherry.time import setting

MINUTE, HOUR, DAY, YEAR = 60_000, 3_600_000, 86_400_000, 31_536_000_000
DEADLINE = 90_000


class AskedChip(Chip):
    """A chip whose time servers' answers have these `errors` in ms; None means no answer.

    `asked` has the deadline of each request in ticks, and `set_at` has RTC memory as it was when
    the RTC was set. `dates` are the errors of the Dates of the uplink's server, whose certificate
    is valid if the RTC is right within a year; None means no answer, "" one without a Date, "age"
    one from a cache. `heads` are the requests.
    """

    def __init__(self, *errors, hosts=("a.example",), dates=()):
        super().__init__()
        self.time = dict(self.time)
        self.time.update({"sntp": list(hosts), "http_date": dates != ()})
        self.errors, self.dates = list(errors), list(dates)
        self.asked, self.heads, self.set_at = [], [], []
        self.sent_ms = 0

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
