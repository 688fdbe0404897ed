"""Find configuration faults in a node's console lines, in plain words with a remedy.

The lines come from wifi_failure.py, lookup.py and failure.py of firmware/net/, from the dialects
and lib/wherry/net/dns.py, and for certificates from Mbed TLS.
"""

import re
from dataclasses import dataclass

from wherry_host.console_text import LATER, Sentence

FELL_BACK = Sentence("slot: three starts of %s failed, back to %s")
CRASHED = Sentence("next start in %d s")

_STATUS = re.compile(r"\(status (\d+)\)")
_NEARER = "bring the node nearer to its access point"
_WIFI = (
    # (statuses of the radio, remedy)
    (
        {15, 202, 204},
        "Correct `password` in [[wifi]] and deploy again; if it is right, the signal is too weak: "
        + _NEARER,
    ),
    (
        {201},
        "Correct `ssid` in [[wifi]] and deploy again; the chip sees networks at 2.4 GHz only; if "
        "the name is right, " + _NEARER,
    ),
    ({200, 212}, "The signal is too weak: " + _NEARER),
    (
        {210, 211},
        "Correct `password` in [[wifi]] and deploy again: an open network takes no password, any "
        "other network needs one",
    ),
)
# An uplink's label, the step of a login, the status.
_HTTP = re.compile(r"\S+: (?:\w+: )?HTTP (\d{3})\b")
# Of the 4xx statuses, these concern the readings or are temporary.
_PASSING = {400, 408, 413, 422, 425, 429}
_KEY = {401, 403}
_TIME = "give a correct time server in `sntp` of [time]"
_HOSTS = (
    # (words on the console, True if one failure is enough, remedy)
    ("no such name", False, "Correct the host in `endpoint`, or in `sntp` of [time]"),
    ("no address in the answer", False, "Give a host with an IPv4 address in `endpoint`"),
    (
        "name server ",
        False,
        "Check the router: its name server does not answer; another network in [[wifi]] may do",
    ),
    (
        "not correctly signed by the trusted CA",
        True,
        'Give the CA of the server in `ca` of [[uplink]] (a public server: ca = "auto")',
    ),
    (
        "does not match with the expected CN",
        True,
        "Write the host as the certificate of the server names it in `endpoint`",
    ),
    (
        "certificate validity has expired",
        True,
        "Renew the certificate of the server; if it is valid today, " + _TIME,
    ),
    (
        "validity starts in the future",
        True,
        "Correct the certificate or the clock of the server; if it is valid today, " + _TIME,
    ),
    (
        "no time from ",
        False,
        "Let UDP port 123 through the firewall, or give another server in `sntp` of [time]; else"
        " the node takes the date of its server after three uploads",
    ),
    ("does not speak TLS", False, "Correct the port in `endpoint`"),
)


@dataclass(frozen=True)
class Fault:
    """The reason why a node cannot deliver; an uncertain fault may be temporary."""

    reason: str
    remedy: str
    is_certain: bool = False

    def __str__(self):
        return f"{self.reason}\n{self.remedy}."


def fault_in(sentence, on_trial=False):
    """Return the Fault that a sentence of the node shows, or None.

    While a version is on trial, the loader counts its crashes; the third crash is a fault.
    """
    if found := FELL_BACK.read(sentence):
        new, old = found
        reason = f"The new version failed three times; the board runs the old one ({old}) again."
        return Fault(
            reason,
            f"The error of {new} is printed above: correct its cause and deploy again",
            True,
        )
    if CRASHED.read(sentence) and not on_trial:
        return Fault(
            "The node stops with an error.",
            "The error is printed above: correct its cause and deploy again",
        )
    if found := LATER.read(sentence):
        return fault_of(found[0])
    return None


def fault_of(note):
    """Return the Fault that a reason printed by the node shows, such as "harbor: HTTP 401"."""
    return _wifi_fault(note) or _http_fault(note) or _host_fault(note)


def _wifi_fault(note):
    """Return the Fault if each network fails for a reason that the configuration can cause."""
    statuses = {int(status) for status in _STATUS.findall(note)}
    remedies = [remedy for known, remedy in _WIFI if known & statuses]
    if not remedies or statuses - set().union(*(known for known, _ in _WIFI)):
        return None
    return Fault(f"The node cannot join {note}.", ". ".join(remedies))


def _http_fault(note):
    found = _HTTP.match(note)
    status = int(found[1]) if found else 0
    if not 300 <= status < 500 or status in _PASSING:
        return None
    refused = "the key" if status in _KEY else "the request"
    return Fault(
        f"The server refuses {refused}: {note}.",
        "Correct the configuration and deploy again",
        True,
    )


def _host_fault(note):
    for words, is_certain, remedy in _HOSTS:
        if words in note:
            return Fault(f"The node cannot reach its server: {note}.", remedy, is_certain)
    return None
