"""Check that each sensor is read as often as the configuration requires.

A node reads its sensors on a grid of `sample_every`. A late reading does not move the grid: the
next reading is on the grid again. When the node learns the time, the grid moves by at most half a
period, to that of the true time. A node that is held up for longer than a period leaves places of
the grid empty; nothing else excuses an empty place. A node that is held up before its first
reading makes several readings in quick succession.
"""

from bisect import bisect_left, bisect_right
from itertools import pairwise

from wherry_host.account.case import START_US
from wherry_host.account.contacts import samples_at_once
from wherry_host.account.grid import empty_places, surplus
from wherry_host.account.periods import sample_periods_us
from wherry_host.account.shapes import is_fast, is_known

# A reading may be late by half a period, or by the time that this computer needs for a join or a
# handshake.
_LATE_SHARE, _LATE_US = 0.5, 250_000
# A node that learns the time moves its next reading by at most this share of a period.
_MOVE_SHARE = 0.5
# Stalls explain missing readings if they are nearly as long as the time that the readings span,
# because the places of the grid are not known exactly. The servers also do other work, so a stall
# of a server must be longer, except on a fast clock: a board may then wait for an answer for whole
# periods.
_HELD_SHARE, _HELD_SERVERS_SHARE = 0.75, 1.5
# Two attempts to read a sensor, one of which met a fault, count as one if they are closer than
# this share of a period.
_ATTEMPT_SHARE = 0.25
# The error of a chip's clock: the LIS3DH data sheet, DocID17530, states no bound in table 4; parts
# differ by several per cent.
_RATE_SHARE_MIN = 0.85


def judge_cadence(case):
    """Report each sensor that was not read when the configuration requires it.

    In each span without an injected end (it may include deep sleep), readings are at most
    `sample_every` apart and each place of the grid has a reading. If a stall of this computer may
    explain a difference, a doubt is added to `case.doubts` instead. If the battery may change the
    period, the longest period counts, without a grid. If a contact makes the node sample
    immediately, there is no grid either.
    """
    evidence = case.evidence
    periods_us = sample_periods_us(evidence.typed, evidence.truth)
    has_grid = len(periods_us) == 1 and not samples_at_once(evidence.typed)
    watches = list(case.watches())
    for sensor in case.evidence.typed["sensor"]:
        device = sensor["driver"]
        if is_fast(device):
            _judge_rate(case, device, sensor["rate_hz"], watches)
        elif is_known(device):
            every_us = max(periods_us) * sensor.get("every", 1)
            _Cadence(case, device, every_us, has_grid).judge(watches)


class _Cadence:
    """Judges one device of a Case, which is read every `every_us`, on a grid if `has_grid`."""

    def __init__(self, case, device, every_us, has_grid):
        self._has_grid = has_grid
        self._case, self._device, self._every_us = case, device, every_us
        self._late_us = max(_LATE_SHARE * every_us, _LATE_US * case.bound.speed)
        self._start_us = max(every_us, case.start_us)
        self._times_us = case.devices.times_us(device)
        self._tries_us = self._tries()
        self._moves_us = case.evidence.syncs_us

    def _tries(self):
        """Return the sorted times of all measurements and of faults met instead."""
        times_us, tries_us = self._times_us, list(self._times_us)
        near_us = _ATTEMPT_SHARE * self._every_us
        last_us = -near_us
        for fault_us in self._case.devices.faults_us(self._device):
            i = bisect_left(times_us, fault_us - near_us)
            is_measured = i < len(times_us) and times_us[i] <= fault_us + near_us
            if not is_measured and fault_us > last_us + near_us:
                tries_us.append(fault_us)
                last_us = fault_us
        return sorted(tries_us)

    def judge(self, watches):
        """Judge the readings in the spans (begin, end)."""
        if not self._tries_us:
            longest_us = max((end_us - begin_us for begin_us, end_us in watches), default=0)
            if longest_us > self._every_us + START_US:
                self._case.report(self._device, None, "never sampled")
            return
        for begin_us, end_us in watches:
            self._judge_pauses(begin_us, end_us)
            for run in self._runs(begin_us, end_us) if self._has_grid else ():
                self._judge_grid(*run)

    def _judge_pauses(self, begin_us, end_us):
        """Judge the times between readings, and from readings to the ends of a span."""
        before_us, limit_us = begin_us, self._start_us
        for time_us in [*_within(self._tries_us, begin_us, end_us), end_us]:
            if _within(self._moves_us, before_us, time_us):
                limit_us += _MOVE_SHARE * self._every_us
            over_us = time_us - before_us - limit_us
            if over_us > self._late_us:
                text = f"not sampled for {(time_us - before_us) / 1e6:.1f} s"
                # On a fast clock, the computer's normal delays already use up the allowance.
                missing_us = over_us - self._late_us if self._case.bound.is_fast else over_us
                self._excuse(before_us, time_us, missing_us, text)
            before_us, limit_us = time_us, self._every_us

    def _runs(self, begin_us, end_us):
        """Yield (begin, end) of the parts of a span.

        Each start of the program, and each time that the node is given, may begin a new grid.
        """
        cuts_us = sorted(self._case.board_log.starts_us + self._moves_us)
        yield from pairwise([begin_us, *_within(cuts_us, begin_us, end_us), end_us])

    def _judge_grid(self, begin_us, end_us):
        """Report places of the grid without exactly one reading."""
        drift = self._case.evidence.drift_ppm / 1e6
        times_us = _within(self._tries_us, begin_us, end_us)
        for before, i, count in empty_places(times_us, self._every_us, drift):
            before_us, time_us = times_us[before], times_us[i]
            gap_us = max(b - a for a, b in pairwise(times_us[before : i + 1]))
            # `_judge_pauses` judges longer gaps.
            if gap_us <= self._every_us + self._late_us:
                is_pause = gap_us > (1 + _LATE_SHARE) * self._every_us
                text = f"not sampled for {gap_us / 1e6:.1f} s" if is_pause else _number(times_us)
                # Only the lateness that is new at the second reading needs an explanation here.
                excess_us = time_us - before_us - (i - before) * self._every_us
                missing_us = min(count * self._every_us, excess_us)
                self._excuse(before_us, time_us, missing_us, text)
        measured_us = _within(self._times_us, begin_us, end_us)
        late = surplus(measured_us, self._every_us, drift)
        if late:
            # A node that was held up before its first reading then reads several places.
            first_us, late_us = measured_us[0], late * self._every_us
            self._excuse(begin_us, first_us, late_us, _number(measured_us), first_us)

    def _excuse(self, begin_us, end_us, missing_us, text, time_us=None):
        """Report readings that are missing or late in a span, unless the board was held up then.

        `time_us` is the time to report, by default the start of the span.
        """
        stall = self._stall(begin_us, end_us, missing_us)
        if stall:
            self._case.doubts.add(stall, self._device)
        else:
            self._case.report(self._device, time_us or begin_us, text)

    def _stall(self, begin_us, end_us, missing_us):
        """Return the Stall in a span that may explain missing readings, or None."""
        standstill = self._case.evidence.standstill
        on_fast_clock = self._case.bound.is_fast
        # On a fast clock, the time that the board runs counts as well, and a board always runs for
        # some time, so only a single stall counts.
        stall_of = standstill.longest_stall if on_fast_clock else standstill.total_stall
        stall = stall_of(begin_us, end_us)
        if stall.length_us >= _HELD_SHARE * missing_us:
            return stall
        share = _HELD_SHARE if on_fast_clock else _HELD_SERVERS_SHARE
        stall = standstill.longest_stall(begin_us, end_us, with_servers=True)
        return stall if stall.length_us >= share * missing_us else None


def _number(times_us):
    return f"sampled {len(times_us)} times in {(times_us[-1] - times_us[0]) / 1e6:.1f} s"


def _within(times_us, begin_us, end_us):
    return times_us[bisect_left(times_us, begin_us) : bisect_right(times_us, end_us)]


def _judge_rate(case, device, rate_hz, watches):
    times_us = sorted(set(case.devices.times_us(device)))
    for begin_us, end_us in watches:
        found = _within(times_us, begin_us, end_us)
        wanted = (end_us - begin_us - START_US) / 1e6 * rate_hz
        if len(found) < _RATE_SHARE_MIN * wanted:
            text = f"{len(found)} samples in {(end_us - begin_us) / 1e6:.1f} s at {rate_hz} Hz"
            case.report(device, begin_us, text)
