"""The battery at startup and at an upload.

Every slot contains this module. On mains its name costs nothing, because an attribute has the same
name, and it is loaded only after a deep sleep, which follows a failure.
"""

import os

import machine
import vfs
from micropython import const
from wherry.stage.memory import BATTERY_AT, CADENCE_AT, UPLINK_COUNT_MAX

# As in the loader, and as in the default mount.
_READ_SIZE, _DEFAULT_READ_SIZE = const(256), const(32)


def begin(settings, watchdog):
    """Check whether this start may write and send; sleep if not.

    The battery may be empty (see guard.py); if it is low, waiting rows and each new row are
    written to flash immediately. The start may be one of many power-ons in a row (see crash.py).
    """
    if settings["power"]["source"] != "battery":
        _mount(_DEFAULT_READ_SIZE)
        return
    if machine.reset_cause() != machine.DEEPSLEEP_RESET:
        _mount(_READ_SIZE)
    if settings["power"].get("empty_mv"):
        import guard

        if guard.check(settings, watchdog):
            settings["node"]["stage_age_max_ms"] = 0
    if machine.reset_cause() == machine.PWRON_RESET and not _is_deployed():
        import crash

        crash.count_power_on()
    if "cadence" in settings["power"]:
        _pace(settings)
    if "currents" in settings["power"]:
        import charge

        charge.begin(settings["power"])


def _mount(read_size):
    """Mount the filesystem with the buffers that it has at all other starts of the node.

    With the larger ones, littlefs keeps files of up to 512 B inline. With those of the default
    mount, which have 128 B, it cannot read the rest of such a file near the end of a folder's
    block.
    """
    try:
        from flashbdev import bdev
    except ImportError:
        return  # Not an ESP32: there is only one mount.
    try:
        made = vfs.VfsLfs2(bdev, readsize=read_size)
    except (OSError, MemoryError):
        return
    vfs.umount("/")
    vfs.mount(made, "/")


def _pace(settings):
    """Set the settings' times to the cadence that the last upload chose, if any."""
    from rtc import rtc_memory
    from wherry.power.cadence import times_of
    from wherry.stage.newest import newest_copy

    copy = newest_copy(rtc_memory()[0])[1]
    if not copy or machine.reset_cause() != machine.DEEPSLEEP_RESET:
        return
    power, node = settings["power"], settings["node"]
    choice = copy[BATTERY_AT - UPLINK_COUNT_MAX + CADENCE_AT]
    times = times_of(choice, power["cadence"], power.get("windows") or ())
    if times:
        node["sample_every_ms"], node["send_every_ms"] = times


def _is_deployed():
    """Return whether a deploy has just ended, and a person watches."""
    try:
        os.stat("/deployed")
    except OSError:
        return False
    return True


def watch(link, stage, settings):
    """Make the link measure the battery at the end of an upload; see sag.py and cadence.py."""
    power = settings["power"]
    if "currents" in power:
        import chip

        chip.Ports.watch(link)  # pyright: ignore[reportAttributeAccessIssue]
    if power.get("empty_mv"):
        import sag

        sag.watch(link, stage, power["empty_mv"], settings["board"]["battery"])
    if "cadence" in power:
        import cadence

        cadence.watch(link, stage, settings)
