"""Server requests in answers: a pause, a line on the console, changed settings.

The dialect leaves them in its session: `report` is a line for the console, `pause_s` the seconds
without a request, `apply` the settings that the owner changed at the server, `shadow` all settings
that the owner has ever changed. Loaded on demand.
"""

from wherry.stage.memory import ALARMS_AT, CADENCE_AT, CADENCE_UNIT_MS
from wherry.time.clock import next_due

# Values by which an owner switches the LED on.
_ON = (True, 1, "on", "true")


def resume(node) -> None:
    """Apply the settings that were desired before a restart."""
    for upload in node.uploads:
        if upload.session and upload.session.shadow:
            _apply(node, upload, upload.session.shadow)


def leave_time(node, upload) -> None:
    """Leave the true time in the session, for the next request."""
    ticks = node.ticks()
    upload.session.now = divmod(node.clock.true_ms(ticks), 1000)


def obey(node, upload) -> bool:
    """Carry out the server requests in the session; return whether this upload is to end."""
    session = upload.session
    leave_time(node, upload)
    if session.report:
        node.ports.say("%s: %s" % (upload.name, session.report))
        session.report = ""
    if session.apply:
        _apply(node, upload, session.apply)
        session.apply = None
    pause_s, session.pause_s = session.pause_s, 0
    if pause_s:
        state = node.stage.state
        due = node.ticks() + pause_s * 1000
        state.send_due = max(state.send_due, due)
        node.ports.say("%s: pauses for %d s" % (upload.name, pause_s))
    return pause_s > 0


def _apply(node, upload, wanted):
    """Apply rates in ms, the owner's `led` setting, and Wi-Fi networks."""
    if "sample_every_ms" in wanted or "send_every_ms" in wanted:
        _apply_rates(node, upload, wanted)
    payload = wanted.get("payload", {})
    if "led" in payload:
        node.ports.light(payload["led"] in _ON)
    for network in wanted.get("wifi", ()):
        _learn(node.link.wifi_sections, network)


def _apply_rates(node, upload, wanted):
    """Apply rates in ms, unless the battery's voltage sets them."""
    state = node.stage.state
    if state.busy[CADENCE_AT]:
        return
    if "sample_every_ms" in wanted:
        every_ms = node.sample_every_ms = wanted["sample_every_ms"]
        now = node.ticks()
        due = next_due(node.clock, now + every_ms, every_ms, now)
        state.sample_due = min(state.sample_due, due)
        # Wakes that only sample a row read the rate here.
        state.busy[CADENCE_AT + 1 : ALARMS_AT] = (every_ms // CADENCE_UNIT_MS).to_bytes(3, "big")
    if "send_every_ms" in wanted:
        upload.settings["send_every_ms"] = wanted["send_every_ms"]
        if len(node.uploads) == 1:
            node.send_every_ms = wanted["send_every_ms"]


def _learn(networks, wanted):
    """Add or update a learned Wi-Fi network; configured networks stay unchanged and come first."""
    for network in networks:
        if network["ssid"] == wanted["ssid"]:
            if "learned" in network:
                network["password"] = wanted["password"]
            return
    networks.append({"ssid": wanted["ssid"], "password": wanted["password"], "learned": True})
