"""The node: one synchronous turn samples what is due, then sends what is due.

`turn` returns the time of the next turn; battery, mains and simulation differ only in how they
wait for it. The node reads no clock and touches no radio: `ports` and `link` do.

    ports   rtc_ms() · set_rtc(ms) · wait_ms(ms) · feed() · say(text)
            scan(upload, node, is_joined) · light(on), as far as the board has them
            link(node), which creates the link if the node was not given one
    link    open(deadline) · exchange(request, deadline, ca) · rssi() · close()
            network_time(deadline, first), which returns (rtc_ms, true_ms, uncertainty_ms, number)
            of a time server from the number `first` on; all raise only OSError
"""

from wherry import free
from wherry.stage.memory import FULL_AT
from wherry.time.clock import S_SPACING_MS_MIN, newest_ms, next_due


class Node:
    """Made by assemble.py from its parts; `mains` keeps the link open between turns."""

    # The folder of the owner's orders, if there are any.
    orders = None
    # If not 0, the readings for other uplinks below this row must be counted: see drops.py.
    uncounted_end = 0

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
        self._name = node["name"]
        self._ms = node["stamps"] == "ms"
        # How long rows may wait only in RTC memory; if 0, each row is written to flash
        # immediately. config/check.py derives it from the option `durability`.
        self.stage_age_ms = node["stage_age_max_ms"]
        self.mains = settings["power"]["source"] == "mains"
        queue.on_drop = self._may_drop
        queue.idle = self.sample_if_due
        queue.uploads = uploads
        self.alert = settings.get("alert")
        # While a server refuses the node: (upload, refusal); "" replaces a reported refusal.
        self.refused = None
        if self.has_own_due_times():
            from wherry.sending.schedule import schedule

            schedule.begin(self)
        self.is_sending = self.is_sampling = False
        goes_on = self.stage_age_ms and stage.first >= queue.next_row and not queue.damaged
        if stage.state.schema != queue.schema or (stage.count and not goes_on):
            from wherry.stage import drain

            drain.reconcile(self)

    # The turn

    def turn(self) -> int:
        """Do what is due; return the RTC time in ms of the next turn."""
        state = self.stage.state
        self.sample_if_due()
        if self.ticks() >= state.send_due:
            free()
            from wherry import delivery

            delivery.send(self)
        self.save()
        if self.queue.is_thinning:
            from wherry.queue import thinning

            thinning.tidy(self)
        if self.uncounted_end:
            from wherry.sending import drops

            drops.count(self)
        return min(self._sensors_due(), state.send_due) + state.zero_ms

    def sample_if_due(self) -> None:
        """Feed the watchdog, and sample if it is due.

        Called at least every 100 ms during a join, an exchange or a long walk over rows.
        """
        self.ports.feed()
        if self.is_sampling or self.ticks() < self._sensors_due():
            return
        self.is_sampling = True
        try:
            if self.sampler.fifos:
                self.sampler.fifos.take(self)
            if self.ticks() >= self.stage.state.sample_due:
                self._sample()
        finally:
            self.is_sampling = False
        if self.is_sending:
            free()

    def save(self) -> None:
        """Write the state, so that the node resumes from here after a sleep or a crash."""
        state = self.stage.state
        state.next_row, state.readings, state.schema = self.queue.hint()
        state.saved_ticks = self.ticks()
        self.stage.save()

    def ticks(self) -> int:
        """Return the current ticks, in ms."""
        return self.clock.ticks(self.ports.rtc_ms())

    def _sensors_due(self):
        due, fifos = self.stage.state.sample_due, self.sampler.fifos
        return min(due, fifos.due) if fifos else due

    # Sampling

    def _sample(self):
        state = self.stage.state
        state.sample_due = next_due(
            self.clock, state.sample_due, self.sample_every_ms, self.ticks()
        )
        taken = self.sampler.sample(self.ticks, self._wait, self.clock, self.sample_every_ms)
        state.sensor_errors += self.sampler.errors
        self.sampler.errors = 0
        if self.sampler.rows:
            state.last_ms = self.keep(taken, self.sampler.rows, state.last_ms)

    def _wait(self, ms):
        """Wait while sensors measure, and read those with a FIFO meanwhile."""
        if self.sampler.fifos:
            self.sampler.fifos.wait(self, ms)
        else:
            self.ports.wait_ms(ms)

    def keep(self, ticks, rows, last_ms) -> int:
        """Keep rows (mask, values) of one moment with one stamp; return the stamp in ms.

        The stamp is later than `last_ms`, the last stamp of rows of these channels.
        """
        ms = self._ms or self.sample_every_ms < S_SPACING_MS_MIN
        stamp = self.clock.stamp(ticks, ms, last_ms)
        for row in rows:
            self._keep(ticks, stamp + row)
        return newest_ms(stamp, last_ms)

    def _keep(self, ticks, row):
        """Keep a row, (flags, boot, s, ms, mask, values), in the queue or in the stage."""
        stage, state = self.stage, self.stage.state
        waits = stage.count or state.gap or self.stage_age_ms
        failure = None
        if not (waits or self.queue.follows_stage):
            try:
                self.queue_row(*row)
                return
            except OSError as error:
                failure = error
        if not stage.count:
            # Earlier than the age: the drift of the clock moves the samples.
            state.flush_due = ticks + self.stage_age_ms - (self.stage_age_ms >> 7)
        number = self.queue.next_row + stage.count
        staged = stage.append(number, *row)
        if staged and self.stage_age_ms:
            self.ports.say("row %d: %d readings" % (number, len(row[-1])))
        if staged and failure:
            # The same string literals as in _flush, so that the heap holds them only once.
            self.ports.say("flash write failed, row %s: %s" % ("kept in RTC memory", failure))
        elif not staged or stage.at >= FULL_AT or ticks >= state.flush_due:
            self._flush(row, staged, waits)

    def _flush(self, row, staged, waits):
        """Move the stage's rows, and a row that did not fit into the stage, to the queue."""
        try:
            if waits:
                self.drain_stage()
            if not (waits and staged):
                self.queue_row(*row)  # A staged row is the only one: it need not be read back.
                if staged:
                    self.stage.forget_rows(self.queue.follows_stage)
        except OSError as error:
            what = "kept in RTC memory" if staged else "lost"
            self.ports.say("flash write failed, row %s: %s" % (what, error))
            if not staged:
                self.queue.readings += len(row[-1])
                for upload in self.uploads:
                    upload.ledger.dropped += len(row[-1])

    def drain_stage(self) -> None:
        """Move the stage's rows to the queue; raises OSError if the flash fails."""
        if self.stage.count:
            from wherry.stage import drain

            drain.drain(self)

    def queue_row(self, *row) -> None:
        """Append a row to the queue, with Queue.append's parameters, and report it."""
        number = self.queue.append(*row)
        self.ports.say("row %d: %d readings" % (number, len(row[-1])))

    # Sending

    def next_upload(self, begin) -> int:
        """Return when to send after an upload that began at `begin`, in ticks."""
        from wherry.time.slot import upload_due

        periods_ms = self.sample_every_ms, self.send_every_ms
        due = upload_due(self.clock, self._name, *periods_ms, begin)
        # Unload the slot's module, to leave memory for TLS.
        free()
        return due

    def has_own_due_times(self) -> bool:
        """Return whether each uplink has its own due time."""
        # Even a lone uplink needs one if it has a session: its server may slow it down.
        return len(self.uploads) > 1 or self.uploads[0].remembers

    # Space

    def _may_drop(self, end, settled):
        from wherry.sending import drops

        return drops.allow(self, end, settled)
