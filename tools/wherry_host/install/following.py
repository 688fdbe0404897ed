"""Follow a node's console after a deployment, to its first delivery or to a clear fault.

A single failure of Wi-Fi or of a name look-up may be due to a weak signal. Such a fault counts
when it occurs a second time, or a minute after the first time.
"""

import time
from collections import Counter

from wherry_host.console_text import DELIVERED, LATER, Sentence, is_error, rows_in, said
from wherry_host.errors import DeployError
from wherry_host.install.node_faults import CRASHED, FELL_BACK, fault_in

SENSOR = Sentence("sensor %d (%s): %s")
_RESPONDS = "responding again"
_FOLLOW_S = 180
_DECIDE_S = 60
_RUNS_ON = "the node continues to run"
_NOT_DUE = "its next upload is due after send_every, or after the wait of an earlier failure"


class Progress:
    """The state of a node from its sentences so far; times are seconds on a monotonic clock."""

    def __init__(self, on_trial=False):
        self.delivered = None
        self.rows = self.readings = 0
        self.trouble = ""
        self._on_trial = on_trial
        self._sensors = {}
        self._counts = Counter()
        self._fault = self._fault_s = None

    def take(self, sentence, now_s):
        """Process a sentence, without its stamp."""
        if found := rows_in(sentence):
            first, last, readings = found
            self.rows += last + 1 - first
            self.readings += readings
        elif found := DELIVERED.read(sentence):
            self.delivered = found
        elif found := SENSOR.read(sentence):
            self._take_sensor(*found)
        elif LATER.read(sentence) or CRASHED.read(sentence) or FELL_BACK.read(sentence):
            self._take_trouble(sentence, now_s)
        elif is_error(sentence):
            self.trouble = sentence

    def _take_sensor(self, number, label, text):
        self._sensors.pop(number, None)
        if not text.startswith(_RESPONDS):
            self._sensors[number] = label, text

    def _take_trouble(self, sentence, now_s):
        if LATER.read(sentence):
            self.trouble = sentence
        fault = fault_in(sentence, self._on_trial)
        kind = fault and fault.remedy
        if kind != (self._fault and self._fault.remedy):
            self._fault_s = now_s
        self._fault = fault
        self._counts[kind] += 1

    def fault(self, now_s):
        """Return the Fault that is clear at this time, or None."""
        fault = self._fault
        if not fault:
            return None
        is_old = now_s - self._fault_s >= _DECIDE_S
        return fault if fault.is_certain or is_old or self._counts[fault.remedy] > 1 else None

    def warnings(self):
        """Return a line for each sensor whose last reading failed."""
        return [
            f"sensor {number} ({label}) gives no reading ({text}): "
            "check its wiring and its address"
            for number, (label, text) in self._sensors.items()
        ]

    def summary(self):
        """Return a sentence about the known state, for a node that has delivered nothing."""
        kept = f"it keeps {self.readings} readings in {self.rows} rows" if self.rows else ""
        last = f"its last problem was: {self.trouble}" if self.trouble else _NOT_DUE
        return "; ".join(part for part in (kept, last, _RUNS_ON) if part)


def follow(lines, show, asked, on_trial=False, now_s=time.monotonic):
    """Show the node's lines until following ends; return (closing line, warnings).

    `lines` yields "" at least once a second. `asked` is true once the user ends the following.
    Raises DeployError with the fault, or if the node was silent.
    """
    progress = Progress(on_trial)
    end_s = now_s() + _FOLLOW_S
    for line in lines:
        if line and not asked:
            show(line)
            progress.take(said(line) or line, now_s())
        closing = _closing(progress, asked, now_s(), end_s)
        if closing:
            return closing, progress.warnings()
    raise DeployError("the console of the node has ended")


def _closing(progress, asked, now_s, end_s):
    """Return the line that ends the following, or None."""
    if progress.delivered:
        label, count, waiting = progress.delivered
        return f"The node delivers: {label} has {count} readings, {waiting} wait; {_RUNS_ON}."
    if asked:
        return f"wherry stops following here; {_RUNS_ON}."
    if fault := progress.fault(now_s):
        raise DeployError("\n".join([str(fault), *progress.warnings()]))
    if now_s < end_s:
        return None
    if not (progress.rows or progress.trouble):
        raise DeployError(
            f"the node printed neither a row nor a problem in {_FOLLOW_S} s: look at its console "
            "with `wherry logs`"
        )
    return f"No delivery and no clear fault in {_FOLLOW_S} s: {progress.summary()}."
