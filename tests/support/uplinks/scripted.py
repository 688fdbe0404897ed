"""An uplink whose server answers as the test specifies; the place of each reading is recorded."""

from support.uplinks.rig import BEGIN_S, Rig
from wherry.ring.ring import Ring
from wherry.sending.selected_upload import SelectedUpload
from wherry.sending.session.session_upload import SessionUpload
from wherry.sending.step import step
from wherry.sending.upload import Upload

CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 1))
COUNT_MAX = 16


class Request:
    """A request: `places` are its readings' (row, channel index), the body is their number."""

    def __init__(self, places):
        self.places = places
        self.body = iter([b"%d" % len(places)])


class Answer:
    """An answer for the dialect below."""

    def __init__(self, kind, status, note="", retry_after=""):
        self.kind, self.status, self.note = kind, status, note
        self.headers = {"retry-after": retry_after}


class Dialect:
    """A dialect that sends readings unchanged, and accepts each answer's verdict."""

    BATCH_COUNT_MAX = COUNT_MAX

    def next_request(self, settings, session, batch):
        batch.open(batch.learned_max or COUNT_MAX)
        places = []
        while batch.next():
            batch.take(batch.mask)
            places += [(batch.row, i) for i in range(8) if batch.mask >> i & 1]
        return Request(places) if places else None

    def judge(self, settings, session, response, count):
        return response.kind, response.note


class ScriptedRig(Rig):
    """A queue of rows of all channels, and an upload; `sent` has the places of each request.

    With `selection` the upload is a SelectedUpload, with `is_session` a SessionUpload. With
    `device` the queue is a ring on that device. `options` are the uplink's settings.
    """

    def __init__(
        self, row_count, selection=None, is_session=False, channels=CHANNELS, device=None,
        **options,
    ):  # fmt: skip
        self._device = device
        make, more = (SelectedUpload, (selection,)) if selection else (Upload, ())
        if is_session and not selection:
            make = SessionUpload
        date = lambda flags, boot, s, ms: None  # noqa: E731
        super().__init__("u", Dialect(), options, channels, True, make, more, date)
        self.count = len(channels)
        self.ledger.load()
        self.ledger.save()
        self.uploads = self.queue.uploads = [self.upload]
        self.sent = []
        for _ in range(row_count):
            self.add(0, 0, BEGIN_S + self.queue.next_row)

    def opened(self):
        if self._device:
            return Ring(self._device, self.root, self.channels, True)
        return super().opened()

    def add(self, flags, boot, s, ms=0, mask=None):
        mask = mask or (1 << self.count) - 1
        values = [100 * self.queue.next_row + i for i in range(self.count) if mask >> i & 1]
        self.queue.append(flags, boot, s, ms, mask, values)

    def step(self, kind=None, status=0, note="", retry_after="", boot=-1):
        """Take a step with this answer, or an OSError if `kind` is None; return its Outcome.

        If the exchange fails, return the error.
        """

        def exchange(request):
            self.sent.append(request.places)
            for _ in request.body:
                pass
            if kind is None:
                raise OSError(116)
            return Answer(kind, status, note, retry_after)

        try:
            return step(self.upload, exchange, boot)
        except OSError as error:
            return error

    def saved(self, label="u"):
        """Return the ledger as the next start would read it."""
        return self.opened().ledger(label)


def places(begin, end):
    """Return the places of the readings `begin` up to `end`; each row has two readings."""
    return [(i // 2, i % 2) for i in range(begin, end)]
