"""The battery at a start and at an upload. In each slot, so its name costs nothing on mains."""

import os

import machine


def begin(settings, watchdog):
    """Look whether this start may write and send at all; sleep if not.

    The battery may be empty, see guard.py; if it is low, each row goes to the flash at once, those
    that wait first. It may be one of many power-ons in a row, see crash.py.
    """
    if settings["power"].get("empty_mv"):
        import guard

        if guard.check(settings, watchdog):
            settings["node"]["stage_age_max_ms"] = 0
    if machine.reset_cause() == machine.PWRON_RESET and not _is_deployed():
        import crash

        crash.count_power_on()


def _is_deployed():
    """Return whether a deploy has just ended; then a person watches."""
    try:
        os.stat("/deployed")
    except OSError:
        return False
    return True


def watch(link, stage, settings):
    """Have the link note how far an upload pulls the battery down; see sag.py."""
    if settings["power"].get("empty_mv"):
        import sag

        sag.watch(link, stage, settings["power"]["empty_mv"], settings["board"]["battery"])
