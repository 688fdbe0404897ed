"""Checks of a node's flash and queue, for `wherry doctor`."""

from wherry_host.errors import EmptyPlaceError
from wherry_host.install.findings import Finding
from wherry_host.owner import queue_stats
from wherry_host.owner.data_copy import copied
from wherry_host.owner.view import OwnerView

_ASIDE = "`wherry queue aside` shows each one with the reason"
_LOST = "shorten `send_every`, or sample less often; `wherry queue stats` has the figures"
_DAMAGED = "`wherry queue stats` names what is damaged; the rest is kept"
_CRASH = "report the error, or correct the driver or the configuration that it names"
# (name of an uplink's count, its text)
_LOSSES = (("dropped", "dropped because the flash was full"), ("damaged", "damaged"))


def stored_findings(place, progress, look):
    """Return the Findings about a node's flash and queue; `place` is as for `copied`.

    A node at a port restarts afterwards. Raises PlaceError, or DeployError for a port.
    """
    try:
        with copied(place, progress, look) as copy:
            figures = queue_stats.figures(copy, OwnerView(copy))
    except EmptyPlaceError:
        none = "no node has stored anything on this board yet"
        return [Finding("flash", None, none), Finding("queue", None, none)]
    version = figures["version"]
    program = [Finding("version", True, queue_stats.version_text(version))] if version else []
    return [*program, _flash(figures), *_queue(figures), *_crash(figures["crash"])]


def _flash(figures):
    if figures["faults"]:
        return Finding("flash", False, figures["faults"][0], _DAMAGED)
    used, size = (figures[key] // 1024 for key in ("filesystem_used", "filesystem_size"))
    return Finding("flash", True, f"{used} of {size} KB in use")


def _queue(figures):
    for label, counts in figures["uplinks"].items():
        lost = [f"{counts[key]} {words}" for key, words in _LOSSES if counts[key]]
        text = f"{label}: {counts['waiting']} readings wait"
        if lost:
            yield Finding("queue", False, f"{text}, {', '.join(lost)}", _LOST)
        elif counts["set_aside"]:
            yield Finding("queue", False, f"{text}, {counts['set_aside']} were refused", _ASIDE)
        else:
            yield Finding("queue", True, f"{text}, nothing is lost")


def _crash(crash):
    if crash and crash["streak"]:
        text = f"{crash['streak']} crashes in a row: {crash['error']}"
        yield Finding("program", False, text, _CRASH)
