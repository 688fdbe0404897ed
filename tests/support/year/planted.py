"""Bugs for copies of a node's modules, each with faults of a life in which it shows."""

from typing import NamedTuple

from support.year.lives import lived
from support.year.sources import changed
from wherry_host.year.faults import fault
from wherry_host.year.judge.tally import tally

_SEED = 1
_SETTLED = "        ledger.denied_s = 0\n"
_SAVED = "        ledger.save()\n"
_IS_SUCCESS = """response.status in (200, 202)
        and body.startswith(b'{"count":%d,' % count)
        and body.endswith(b' received and queued"}')
        and b'"error' not in body"""
_NO_ANSWER = "        _no_answer().no_answer(upload)\n"
_FULL_STAGE = "            if waits:\n"
_REQUEST = "        self.batch.learned_max = self.count_max\n"
_UNREAD = "            withheld.append(error)\n"
_UNDATED = "access_point@90000=95,power_cut@110000=90,power_cut@170000=20"
_OFTEN = ",".join(f"brown_out@{19_000 + 9_000 * i}={i % 7}" for i in range(90))


class Bug(NamedTuple):
    """In a dotted module, `old` becomes `new`.

    In a life of `days` with `faults`, the tally of a node of faulty.py has a problem that matches
    `problem`.
    """

    name: str
    module: str
    old: str
    new: str
    faults: str
    problem: str
    days: int = 4
    node: str = "plain"


BUGS = (
    Bug(
        "the cursor moves before the answer",
        "wherry.sending.step",
        _NO_ANSWER,
        "        if upload.batch.count:\n            upload.deliver()\n",
        "line_cut@40000=50",
        r"harbor: temperature of \d+, .* is lost",
    ),
    Bug(
        "a stamp depends on the present clock",
        "wherry.time.clock",
        "anchor[1] + s * 1000 + ms - anchor[0]",
        "self.true_ms(s * 1000 + ms)",
        "drift@0=100,answer_lost@0=0",
        r"harbor: pressure .* \(delivered\) was not measured",
    ),
    Bug(
        "an estimate does not include its whole uncertainty",
        "wherry.time.estimates",
        "estimate(at, count, wrong_ms)",
        "estimate(at, count, wrong_ms // 100)",
        _UNDATED,
        r"boot 2 is estimated \d+ s off",
        days=6,
    ),
    Bug(
        "an estimate is before the rows before it",
        "wherry.time.estimates",
        "at -= half_ms",
        "at -= 3 * half_ms",
        _UNDATED,
        r"boot 2 is estimated before the rows before it",
        days=6,
    ),
    Bug(
        "the row with the uncertainty of an estimate has another value",
        "wherry.time.uncertain_row",
        "value = min(wrong_ms, VALUE_MAX)",
        "value = min(wrong_ms // 2, VALUE_MAX)",
        _UNDATED,
        r"harbor: the uncertainty of boot 2 is \d+",
        days=6,
    ),
    Bug(
        "rows of an estimated boot are set aside",
        "wherry.time.estimates",
        "found[own] = ",
        "_ = ",
        _UNDATED,
        r"is set aside and was not refused",
        days=6,
    ),
    Bug(
        "dropped rows without a date are not counted",
        "wherry.sending.undated",
        "upload.ledger.dropped += batch.count",
        "upload.ledger.dropped += batch.count // 2",
        _UNDATED,
        r"readings are thinned or dropped, but \d+ are counted",
        days=6,
        node="drop",
    ),
    Bug(
        "the anchor of this boot dates the rows of the last one",
        "wherry.time.clock",
        "self.anchors.get(boot)",
        "self.anchors.get(self.state.boot)",
        "port_closed@0=50,power_cut@5000=20",
        r"harbor: temperature of \d+, .* is lost",
    ),
    Bug(
        "a boot's number is used again",
        "recovery",
        "max([boot] + list(anchors)) + 1",
        "max(boot, 1)",
        "port_closed@0=50,power_cut@5000=20",
        r"harbor: temperature of \d+, .* is lost",
    ),
    Bug(
        "the wait after failures doubles without end",
        "wherry.sending.schedule.retry",
        "min(every_ms << doublings, max(every_ms, most_ms))",
        "every_ms << doublings",
        "internet@20000=100,internet@200000=100",
        r"is not delivered in time",
        days=7,
    ),
    Bug(
        "the wait after failures is the first one each time",
        "wherry.sending.schedule.retry",
        "min(state.failures + 1, _FAILURES_MAX)",
        "1",
        "internet@20000=100",
        r"the radio is on \d+ s after \d+, and not after \d+ s: no answer, \d+ in a row",
    ),
    Bug(
        "a refused key is tried again at the next sample",
        "wherry.sending.schedule.retry",
        "    state.send_due = node.ticks() + away_ms\n",
        "    state.send_due = state.sample_due\n",
        "denied@20000=80",
        r"the radio is on \d+ s after \d+, and not after \d+ s: denied, 1 in a row",
    ),
    Bug(
        "a busy server's Retry-After is ignored",
        "wherry.sending.schedule.busy",
        "max(retry_s * 1000, _own_ms(node, upload, count))",
        "_own_ms(node, upload, count)",
        "unavailable@20000=80",
        r"the radio is on \d+ s after \d+, and not after 120 s: busy, \d+ in a row",
    ),
    Bug(
        "samples follow the last one and not the grid",
        "wherry.time.clock",
        "if state.synced:\n        wait_ms",
        "if state.synced and slot_ms:\n        wait_ms",
        "power_cut@1000=20",
        r"temperature of \d+ is -?\d+ us off the grid",
    ),
    Bug(
        "uploads follow the last one and not the node's slot",
        "wherry.time.slot",
        "    return due\n",
        "    return begin + send_every_ms\n",
        "power_cut@1000=20",
        r"the upload of \d+ is -?\d+ us off the node's slot",
    ),
    Bug(
        "the next upload begins before its uplink is due",
        "wherry.sending.schedule.schedule",
        "        upload.due = due_s * 1000\n        struct",
        "        struct",
        # The slot moves against the seconds of the node's ticks.
        "drift@0=100",
        r"the radio is on at \d+ without a request",
        node="three",
    ),
    Bug(
        "a server that refuses each reading takes the time of the others",
        "wherry.sending.schedule.schedule",
        "return is_cut_short, upload.failures,",
        "return 0, upload.failures,",
        "too_large/1@34000=80",
        r"here: temperature of \d+ is delivered \d+ s too late",
        node="three",
    ),
    Bug(
        "a full stage is emptied, and not into the queue",
        "wherry.node",
        _FULL_STAGE + "                self.drain_stage()\n",
        _FULL_STAGE + "                self.stage.forget_rows(self.queue.follows_stage)\n",
        "access_point@20000=80",
        r"harbor: temperature of \d+, .* is lost",
        node="stage",
    ),
    Bug(
        "certificates are not verified",
        "connection",
        "tls.CERT_REQUIRED",
        "tls.CERT_NONE",
        "certificate_other@20000=80",
        r"\d+ bytes went to a server without a valid certificate",
    ),
    Bug(
        "any answer is a delivery",
        "wherry.uplinks.harbor.dialect",
        _IS_SUCCESS,
        "response.status",
        "server_error@20000=50,refused@60000=80",
        r"harbor: temperature of \d+, .* is lost",
    ),
    Bug(
        "any 2xx is a delivery",
        "wherry.uplinks.harbor.dialect",
        _IS_SUCCESS,
        "200 <= response.status < 300",
        "web_page@20000=80",
        r"harbor: temperature of \d+, .* is lost",
    ),
    Bug(
        "the count in an answer is not read",
        "wherry.uplinks.harbor.dialect",
        '{"count":%d,\' % count',
        '{"count":\'',
        "stored_less@110000=100",
        r"harbor: \w+ of \d+, .* is lost",
    ),
    Bug(
        "the ledger is not saved after a delivery",
        "wherry.sending.upload",
        _SETTLED + _SAVED,
        _SETTLED,
        "power_cut@40000=20",
        r"harbor: \d+ points came again, and no answer was lost",
        days=2,
    ),
    Bug(
        "the cursor passes the rest of a row",
        "wherry.sending.batch.batch",
        "return self._end_row, mask_width(self.end_mask)",
        "return self._end_row + 1, 0",
        "internet@20000=90",
        r"harbor: pressure of \d+, .* is lost",
    ),
    Bug(
        "a mark in the row file is ignored after a loss of power",
        "wherry.queue.recovery",
        "is_stale or not",
        "not",
        # The power must fail in the middle of a move.
        _OFTEN,
        r"harbor: temperature of \d+, .* is lost",
        days=11,
        node="stage",
    ),
    Bug(
        "a reading is set aside that no server has refused",
        "wherry.sending.upload",
        _REQUEST,
        "        if self.ledger.delivered > 30 and not self.ledger.set_aside:\n"
        "            from wherry.sending.refusal.set_aside import set_aside\n\n"
        '            set_aside(self, 422, "no")\n' + _REQUEST,
        "power_cut@5000=20",
        r"harbor: \w+ .* of row \d+ is set aside and was not refused",
        days=2,
    ),
    Bug(
        "rows wait in RTC memory although each is to be durable",
        "row_wake",
        'is_staging = is_empty or settings["node"]["stage_age_max_ms"]',
        "is_staging = True",
        "power_cut@100000=20",
        r"harbor: temperature of \d+, .* is lost",
    ),
    Bug(
        "the anchors are lost at a power-on",
        "wherry.time.anchors",
        "anchors[boot] = (ticks, true_ms)",
        "del ticks, true_ms",
        "port_closed@0=50,power_cut@5000=20",
        r"harbor: temperature of \d+ is undated, but its boot learned the time",
    ),
    Bug(
        "rows of a full queue are deleted and not counted",
        "wherry.queue.thinned",
        "max(0, ledger.thinned + count)",
        "0",
        "internet@1000=95",
        r"harbor: \d+ readings are thinned or dropped, but \d+ are counted",
        days=1,
        node="small",
    ),
    Bug(
        "the oldest segment is deleted although the queue is not full",
        "wherry.queue.room",
        "size + room > queue.size_max",
        "size + room > queue.size_max // 2",
        "internet@1000=80",
        r"harbor: \w+ of \d+, .* is lost",
        days=1,
        node="small",
    ),
    Bug(
        "only some damaged readings are counted",
        "wherry.sending.no_answer",
        "ledger.damaged += max(0, missing)",
        "ledger.damaged += max(0, missing) // 2",
        "internet@40000=90,flash_bits@140000=99",
        r"harbor: \d+ readings are damaged, but \d+ are counted",
        days=7,
    ),
    Bug(
        "a gap is not recorded",
        "wherry.stage.drain",
        "gaps.note(node.queue.root, row, before, after)",
        "del gaps",
        "power_cut@40000=20,power_cut@100000=20",
        r"no gap is recorded",
        node="stage",
    ),
    Bug(
        "a deploy forgets that rows were lost with RTC memory",
        "wherry.stage.drain",
        "    if stage.count and stage.first < queue.next_row",
        "    if not node.stage_age_ms:\n        state.gap = 0\n"
        "    if stage.count and stage.first < queue.next_row",
        "deploy@63963=77",
        r"no gap is recorded",
        node="stage",
    ),
    Bug(
        "a deploy forgets the row in RTC memory that was taken just before it",
        "wherry.stage.drain",
        "    for rows in stage.waiting():\n",
        "    import machine\n"
        "    for rows in stage.waiting():\n"
        "        is_newest = rows.row == stage.first + stage.count - 2\n"
        "        if is_newest and machine.reset_cause() == machine.HARD_RESET:\n"
        "            continue\n",
        "deploy@32000=83,deploy@43000=99",
        r"harbor: temperature of \d+, .* is lost",
        node="stage",
    ),
    Bug(
        "a deploy that removes a channel forgets the rows in RTC memory",
        "wherry.stage.schema_change",
        "        if found:",
        "        if not found:",
        "deploy@30000=4,deploy@100000=2",
        r"harbor: temperature of \d+, .* is lost",
        node="sensors",
    ),
    Bug(
        "a DS3231 is set wrong",
        "wherry.time_sources.ds3231",
        "        s = (clock.true_ms(now) + left_ms) // 1000\n",
        "        s = (clock.true_ms(now) + left_ms) // 1000 + 7\n",
        _UNDATED,
        r"harbor: temperature of \d+ is \d{4} ms off",
        node="chip",
    ),
    Bug(
        "a sensor that fails reads 0",
        "wherry.sampling.sampler",
        _UNREAD,
        _UNREAD + "            found.append((base, 0))\n",
        "sensor_absent@20000=50",
        r"harbor: temperature 0 of \d+ \(delivered\) was not measured",
    ),
)


def problems(node, bug):
    """Return the problems of a Node's life with the faults of a bug."""
    count = len(node.typed["uplink"])
    faults = fault.read(bug.faults, _SEED, bug.days, count)
    return tally(lived(node, bug.days, _SEED, faults=faults)).problems


def planted(node, bug, folder):
    """Return a copy of a Node with a bug, as `changed` does."""
    return changed(node, [(bug.module, bug.old, bug.new)], folder, bug.name)
