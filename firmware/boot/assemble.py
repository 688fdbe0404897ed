"""From settings to a node: assembles the parts, each loaded when it is first needed."""

import os

import chip
import machine
from wherry import free, keep, load

_DATA = "/data"
_ORDERS = "/data/orders"
# machine.wake_reason() after a wake by ext0, by ext1 and by another pin.
_BY_PIN = (2, 3, 7)


def make_node(settings, watchdog):
    """Return (ports, node), recovered from the last run, however it ended.

    A wake by the pin of a counter ends here in the next sleep, if no turn is due.
    """
    if machine.wake_reason() in _BY_PIN:
        import pulses

        pulses.woken()
    on_battery = settings["power"]["source"] == "battery"
    slept = machine.reset_cause() == machine.DEEPSLEEP_RESET
    # A node on mains sleeps only after a failure, and the loader then mounts as on battery.
    if on_battery != slept or (on_battery and len(settings["power"]) > 1):
        import on_battery as battery

        battery.begin(settings, watchdog)
    is_first = not slept and _is_first(settings)
    room = _tls_room(settings)
    # This also loads the modules linked with the node, all of which are resident.
    from wherry.node import Node

    _load(settings)
    stage, clock, queue, after_accident = _recover(settings, watchdog.feed)
    ports = chip.Ports(watchdog, on_battery, after_accident, settings["board"].get("led"))
    uploads = _uploads(settings, queue, clock)
    # Unload the modules of the recovery, to make room for the next parts.
    free()
    if not on_battery or clock.ticks(chip.rtc_ms()) >= stage.state.sample_due:
        _feel(clock, on_battery)
    sampler = _sampler(settings, ports, stage.state)
    link = _link(settings, stage, clock, uploads, ports, room)
    _restore_sessions(uploads, link, clock)
    node = Node(settings, stage, clock, queue, sampler, uploads, link, ports)
    node.reset_cause = machine.reset_cause()
    if link:
        link.idle = node.sample_if_due
    if _remembers(uploads):
        from wherry.sending.session import server_requests

        server_requests.resume(node)
    if _has_orders():
        from wherry.orders import orders

        orders.begin(node, _ORDERS)
    if is_first:
        import first_start

        first_start.begin(node)
    _let_go_of_making(node, ports, sampler, queue, clock, stage, stage.state)
    if link:
        # A node without a link creates it later.
        _let_go_of_making(link)
    if not _remembers(uploads):
        # With sessions, quarantine may create uploads later.
        _let_go_of_making(*uploads)
    if node.mains:
        # On battery a row follows immediately, and needs most of these modules.
        free()
    return ports, node


def _is_first(settings):
    """Return whether a deploy has just ended; if so, make this start run as on mains."""
    try:
        os.remove("/deployed")
    except OSError:
        return False
    settings["power"]["source"] = "mains"
    return True


def _tls_room(settings):
    """Return the reserved memory of tls_room.py, or [] on battery: most wakes do not need it."""
    if settings["power"]["source"] != "mains":
        return []
    import tls_room

    return tls_room.kept()


def _uploads(settings, queue, clock):
    name = settings["node"]["name"]
    uploads = []
    for section in settings["uplink"]:
        dialect = section.pop("module")
        upload = _upload(section, load(dialect), name, queue, clock)
        if len(settings["uplink"]) > 1:
            upload.dialect_name = dialect
            upload.dialect = None
            upload.batch = None  # pyright: ignore[reportAttributeAccessIssue]
            free()
        uploads.append(upload)
    return uploads


def _link(settings, stage, clock, uploads, ports, room):
    """Return the link, or None if this wake may not need it."""
    # A wake that only keeps a row does not need a link; a link created later needs more heap.
    is_due = clock.ticks(chip.rtc_ms()) >= stage.state.send_due
    if not (is_due or settings["power"]["source"] == "mains" or _remembers(uploads)):
        return None
    from first_link import made

    return made(settings, stage, ports, room)


def _restore_sessions(uploads, link, clock):
    """Restore the uplinks' sessions, and resume the uploads of channels in quarantine."""
    if not _remembers(uploads):
        return
    from wherry.sending.session import sessions

    sessions.restore(uploads, link)
    # Checked, because an uplink of another kind may have used the label before.
    if any(upload.selection and upload.session.held for upload in uploads):
        from wherry.sending.refusal import quarantine

        quarantine.resume(uploads, clock.date)


def _remembers(uploads):
    return max([upload.remembers for upload in uploads])


def _load(settings):
    """Load the resident modules; modules loaded later can be freed."""
    uplinks = settings["uplink"]
    # Of several dialects, only the one of the uplink being served is loaded.
    for section in settings["sensor"] + (uplinks if len(uplinks) == 1 else []):
        # In a slot, a driver or a dialect has its own module name.
        load(section["module"])
    if any(section["selection"] for section in uplinks):
        from wherry.sending import selected_upload  # noqa: F401

        if len(uplinks) == 1:
            from wherry.sending.batch import selected_batch  # noqa: F401
    keep("settings", "assemble", "on_battery", "guard", "tls_room", "calm")


def _let_go_of_making(*parts):
    """Release the parts' constructors, because no more objects of their classes are created."""
    for part in parts:
        type(part).__init__ = None  # pyright: ignore[reportAttributeAccessIssue]


def _has_orders():
    try:
        return bool(os.listdir(_ORDERS))
    except OSError:
        return False  # The folder does not exist before the first order.


def _recover(settings, feed):
    import recovery
    from wherry.channels import Channels

    of_sensors = [tuple(each) for section in settings["sensor"] for each in section["channels"]]
    channels = Channels(of_sensors, settings["power"].get("channels", ()))
    parts = channels, len(channels) - len(of_sensors), settings["board"]
    return recovery.recover(_DATA, settings["node"], *parts, feed)


def _feel(clock, on_battery):
    """Note the chip's temperature, on which the drift of the clock in deep sleep depends."""
    from wherry.time import sleep_clock

    if on_battery:
        sleep_clock.feel(clock, chip.felt())
    else:
        sleep_clock.stay_awake(clock)


def _sampler(settings, ports, state):
    import sensing

    return sensing.made(settings, ports, state)


def _upload(section, module, name, queue, clock):
    section["name"] = name
    label, start = section.pop("label"), section.pop("start")
    ledger = queue.ledger(label)
    # A ring's ledgers are not read here, because most wakes do not need them.
    if queue.is_thinning is not False and ledger.is_new:
        if queue.next_row:
            from wherry.sending import first_cursor

            first_cursor.join(queue, ledger, label, start)
        else:
            ledger.save()
    selection = section.pop("selection")
    parts = label, module, section, queue, ledger, _DATA + "/aside", clock.date
    if selection:
        from wherry.sending.batch.selection import Selection
        from wherry.sending.selected_upload import SelectedUpload

        return SelectedUpload(*parts, Selection(*selection))
    # The uplink has a session or several keys.
    if hasattr(module, "Session") or type(section.get("api_key")) is list:
        from wherry.sending.session.session_upload import SessionUpload

        return SessionUpload(*parts)
    from wherry.sending.upload import Upload

    return Upload(*parts)
