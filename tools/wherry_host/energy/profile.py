"""The currents of a board and the durations of its steps, each as a usual value with bounds.

docs/energy.md lists the sources. The project itself has not measured a board.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple


class Span(NamedTuple):
    """A quantity with its uncertainty."""

    usual: float
    low: float
    high: float


#: Chip: (mA while a program runs, while it waits, while the radio is on).
CHIPS = {
    "esp32": (Span(40, 22, 67), Span(27, 20, 40), Span(95, 60, 130)),
    "esp32s2": (Span(30, 22, 45), Span(18, 14, 30), Span(65, 55, 100)),
    "esp32s3": (Span(44, 32, 67), Span(27, 20, 40), Span(90, 65, 130)),
    "esp32c3": (Span(26, 20, 40), Span(18, 14, 30), Span(85, 60, 120)),
    "esp32c6": (Span(28, 20, 40), Span(20, 15, 30), Span(80, 60, 120)),
}
#: mC in a mAh.
MC_OF_MAH = 3600
# A sleeping sensor, and two resistors across the cell, in µA.
_BESIDES_UA = 10


# The time from a wake to the first line of the application.
_BOOT_S = Span(0.07, 0.047, 0.27)
# CPU time for each byte of code that is loaded, and for the rest of a wake.
_LOAD_S, _RUN_S = Span(5e-6, 2e-6, 12e-6), Span(0.02, 0.01, 0.06)
# The time to join with a static address, and the time that DHCP adds.
_JOIN_S, _DHCP_S = Span(0.66, 0.18, 0.96), Span(1.34, 0.87, 2.4)
# The times for a name look-up and TCP's first packets, and for the TLS handshake.
_REACH_S, _TLS_S = Span(0.13, 0.05, 0.3), Span(1.0, 0.35, 1.7)
# The times from a request to its answer, to get the true time, and to leave Wi-Fi.
_REQUEST_S, _TIME_S, _CLOSE_S = Span(0.25, 0.1, 0.5), Span(0.1, 0.04, 0.3), Span(0.04, 0.02, 0.1)
# The time to format a reading and to send its 90 B at 50 kB/s.
_READING_S = Span(0.0015 + 90 / 50_000, 0.002, 0.005)
# The share of uploads that fail, and the time that the radio is on in each of them.
_FAIL_SHARE, _FAIL_S = Span(0.02, 0.0, 0.3), Span(6, 3, 20)


@dataclass(frozen=True)
class Profile:
    """One board's currents in mA, times in seconds, and shares."""

    #: The current of the sleeping board, with its sensors and the battery's divider.
    sleep_ma: Span
    #: The currents while a program runs, while sensors measure, and while the radio is on.
    cpu_ma: Span
    wait_ma: Span
    radio_ma: Span
    #: The current while joining is higher by this factor.
    join_ratio: float = 1.26
    boot_s: Span = _BOOT_S
    load_s: Span = _LOAD_S
    run_s: Span = _RUN_S
    join_s: Span = _JOIN_S
    dhcp_s: Span = _DHCP_S
    reach_s: Span = _REACH_S
    tls_s: Span = _TLS_S
    request_s: Span = _REQUEST_S
    time_s: Span = _TIME_S
    close_s: Span = _CLOSE_S
    reading_s: Span = _READING_S
    fail_share: Span = _FAIL_SHARE
    fail_s: Span = _FAIL_S

    def at(self, name, value):
        """Return the profile with one quantity set to a value."""
        return replace(self, **{name: Span(value, value, value)})

    def usual(self):
        """Return {name: usual value} of all quantities with bounds, and the current `join_ma`."""
        values = {name: span.usual for name, span in self.spans().items()}
        return {**values, "join_ma": self.join_ratio * values["radio_ma"]}

    def spans(self):
        """Return {name: Span} of all quantities with bounds."""
        return {name: each for name, each in vars(self).items() if isinstance(each, Span)}


def profile_of(board):
    """Return the Profile of a board from boards.load().

    KeyError if the board has no sleep current, or if its chip is not in CHIPS.
    """
    asleep_ua = board["sleep_current_ua"] + _BESIDES_UA
    # The published value is from one board; other boards of the same kind differ.
    sleep_ma = Span(asleep_ua / 1000, asleep_ua / 1500, asleep_ua / 500)
    return Profile(sleep_ma, *CHIPS[board["chip"]])
