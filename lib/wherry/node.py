"""The node: one synchronous turn samples what is due, then sends what is due.

`turn` returns when it wants to be called again; battery, mains and simulation differ only in how
they wait until then. The node reads no clock and touches no radio: `ports` and `link` do.

    ports   rtc_ms() · set_rtc(ms) · wait_ms(ms) · feed() · say(text)
            once(module, function, *args), which calls one of the firmware's own
            link(node), which makes the link where the node was given none
    link    open(deadline) · exchange(request, deadline, ca) · network_time(deadline), which
            returns (rtc_ms, true_ms) of one moment · rssi() · close(); all raise OSError only
"""

from micropython import const

from wherry import once, verdict
from wherry.clock import next_due
from wherry.stage import FULL_AT

# The longest an upload may take, with joining and the time: its one deadline.
_SEND_MS_MAX = const(20_000)
# No exchange is begun with less time than this.
_EXCHANGE_MS_MIN = const(5_000)


class Node:
    """Made by firmware/main.py from its parts; `mains` keeps the link open between turns."""

    # The folder of the owner's orders, where there are some.
    orders = None

    def __init__(self, settings, stage, clock, queue, sampler, uploads, link, ports):
        self.stage = stage
        self.clock = clock
        self.queue = queue
        self.sampler = sampler
        self.uploads = uploads
        self.link = link
        self.ports = ports
        self.reset_cause = 0
        node = settings["node"]
        self.sample_every_ms = node["sample_every_ms"]
        self.send_every_ms = node["send_every_ms"]
        self._ms = node["stamps"] == "ms"
        # How long rows may wait in RTC memory alone; 0: each one goes on to the flash at once.
        self.stage_age_ms = node["stage_age_max_ms"]
        self.mains = settings["power"]["source"] == "mains"
        queue.on_drop = self._count_dropped
        queue.uploads = uploads
        self.alert = settings.get("alert")
        # While a server refuses the node: the upload, and what is still to be told of it.
        self._refused = None
        if self._several():
            once("wherry.rounds", "begin", self)
        self._sending = self._sampling = False
        is_whole = not (queue.damaged or stage.is_old)
        goes_on = self.stage_age_ms and stage.first >= queue.next_row and is_whole
        if stage.state.schema != queue.schema or (stage.count and not goes_on):
            once("wherry.stage_drain", "begin", self)

    # The turn

    def turn(self) -> int:
        """Do what is due; return the RTC time in ms of the next turn."""
        state = self.stage.state
        self.ports.feed()
        self.idle()
        if self._ticks() >= state.send_due:
            self._send()
        self.save()
        if self.queue.is_thinning:
            once("wherry.thinning", "tidy", self)
        return min(self._sensors_due(), state.send_due) + state.zero_ms

    def idle(self) -> None:
        """Sample if it is due: called at least every 100 ms through a join or an exchange."""
        if self._sampling or self._ticks() < self._sensors_due():
            return
        self._sampling = True
        try:
            if self.sampler.bursts:
                self.sampler.bursts.take(self)
            if self._ticks() >= self.stage.state.sample_due:
                self._sample()
        finally:
            self._sampling = False

    def save(self) -> None:
        """Write the state, so that a sleep or a crash goes on from here."""
        state = self.stage.state
        state.next_row, state.readings, state.schema = self.queue.hint()
        state.saved_ticks = self._ticks()
        self.stage.save()

    def _ticks(self):
        return self.clock.ticks(self.ports.rtc_ms())

    def _sensors_due(self):
        due, bursts = self.stage.state.sample_due, self.sampler.bursts
        return min(due, bursts.due) if bursts else due

    # Sampling

    def _sample(self):
        state = self.stage.state
        state.sample_due = next_due(state.sample_due, self.sample_every_ms, self._ticks())
        taken = self.sampler.sample(self._ticks)
        state.sensor_errors += self.sampler.errors
        self.sampler.errors = 0
        if self.sampler.rows:
            self.keep(taken, self.sampler.rows)

    def keep(self, ticks, rows):
        """Keep rows (mask, values) of one moment, and one stamp."""
        stamp = self.clock.stamp(ticks, self._ms)
        for row in rows:
            self._keep(ticks, stamp + row)

    def _keep(self, ticks, row):
        """Keep a row: in the stage at once, in the queue when it is time and the flash lets us."""
        stage, state = self.stage, self.stage.state
        if not stage.count:
            state.flush_due = ticks + self.stage_age_ms
        number = self.queue.next_row + stage.count
        staged = stage.append(number, *row)
        if staged and self.stage_age_ms:
            self.ports.say("row %d: %d readings" % (number, len(row[-1])))
            if ticks < state.flush_due and stage.at < FULL_AT:
                return
        # Most rows are, and need not be read back.
        alone = staged and stage.count == 1 and not (self.stage_age_ms or state.gap)
        try:
            if not alone:
                self.drain_stage()
            if alone or not staged:
                self.queue_row(*row)
                stage.drained()
        except OSError as error:
            self.ports.say("row %s: flash: %s" % ("waits" if staged else "lost", error))
            if not staged:
                self.queue.readings += len(row[-1])
                for upload in self.uploads:
                    upload.ledger.dropped += len(row[-1])

    def drain_stage(self) -> None:
        """Move the rows that wait to the queue; raises OSError where the flash does."""
        if self.stage.count:
            once("wherry.stage_drain", "drain", self)

    def drained(self) -> bool:
        """Tell whether no row waits in RTC memory any more."""
        try:
            self.drain_stage()
        except OSError as error:
            self.ports.say("rows wait in RTC memory: flash: %s" % error)
        return not self.stage.count

    def queue_row(self, *row) -> None:
        """Make a row durable, as Queue.append takes it, and tell of it."""
        number = self.queue.append(*row)
        self.ports.say("row %d: %d readings" % (number, len(row[-1])))

    # Sending

    def _send(self):
        state = self.stage.state
        begin = self._ticks()
        state.send_due = next_due(begin, self.send_every_ms, begin)
        several = self._several()
        if several:
            once("wherry.rounds", "prepare", self, begin)
        deadline = self._ticks() + _SEND_MS_MAX
        self.link = self.link or self.ports.link(self)
        try:
            self.link.open(self._rtc(deadline))
            if not state.synced or begin >= state.sync_due:
                once("wherry.time_sync", "sync", self, deadline)
            # What is sent must come back with the same stamp and number after a power cut.
            if self.drained():
                once("wherry.health", "add", self)
                self.drained()
            self._sending = True
            if several:
                for upload, its_deadline in once(
                    "wherry.rounds", "uploads", self, begin, deadline
                ):
                    self._serve(upload, its_deadline)
            else:
                self._serve(self.uploads[0], deadline)
        except OSError as error:
            self._stay_away(verdict.RETRY, 0, str(error))
            if several:
                once("wherry.rounds", "settle", self, begin)
        finally:
            self._sending = False
            # Also after failures in a row: the radio may be joined to an access point long gone.
            if not self.mains or state.failures > 1:
                self.link.close()

    def _several(self):
        # One that keeps a session may be slowed down by its server, as one of several is.
        return len(self.uploads) > 1 or self.uploads[0].remembers

    def _serve(self, upload, deadline):
        """Let one uplink send; its failure is no other's."""
        failures = self.stage.state.failures
        try:
            upload.begin(failures)
            self._drain(upload, deadline)
            if self.orders and self.stage.state.failures <= failures:
                trouble = once("wherry.orders", "carry_out", self, upload, deadline)
                if trouble:
                    self._stay_away(*trouble)
        except OSError as error:
            self._stay_away(verdict.RETRY, 0, str(error))
        if self._refused:
            self._refused = once("wherry.alarm", "tell", self, *self._refused, deadline)

    def _rtc(self, ticks):
        return ticks + self.stage.state.zero_ms

    def _drain(self, upload, deadline):
        """Send until all is sent that waited at the start, time is short or the server says no.

        Rows that come meanwhile are the next upload's, or a fast sampler would never let it end.
        """
        sent = 0
        rows_end = self.queue.next_row
        while upload.ledger.row < rows_end:
            if self._ticks() > deadline - _EXCHANGE_MS_MIN:
                # A cell rests until the next sample.
                state = self.stage.state
                state.send_due = self._ticks() if self.mains else state.sample_due
                break
            self.ports.feed()
            kind, retry_s, note, count = upload.step(
                lambda request: self.link.exchange(
                    request, self._rtc(deadline), upload.settings["ca"]
                ),
                self.stage.state.boot,
            )
            if kind is None:
                break
            if kind == verdict.DELIVERED:
                sent += count
                self.stage.state.failures = 0
            elif kind == verdict.REJECTED or kind == verdict.DOUBT:
                self.ports.say("%s: refused, %s" % (upload.name, note))
            elif kind != verdict.STEP:
                if kind == verdict.DENIED:
                    self._refused = upload, note
                self._stay_away(kind, retry_s, "%s: %s" % (upload.name, note))
                break
            if upload.remembers and once("wherry.remote", "obey", self, upload):
                break
            self.idle()
        if sent:
            self.ports.say("%s: delivered %d, %d waiting" % (upload.name, sent, upload.waiting()))

    def _stay_away(self, *trouble):
        """Come back later, after (verdict, retry_s, note)."""
        once("wherry.retry", "stay_away", self, *trouble)

    # Space

    def _count_dropped(self, end, settled):
        """Count the waiting readings of rows that the full queue is about to delete."""
        if self._sending:
            return False  # The batch on its way may hold them; the next row asks again.
        for upload in self.uploads:
            upload.drop(end, settled)
        return True
