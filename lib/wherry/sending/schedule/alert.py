"""Reports that a server refuses the node: by the LED, and to the alert address.

The health channel `node_denied` and the console show it as well. Loaded on demand.
"""

import json
import struct

from micropython import const

from wherry.http.request import make_request

# The offset in `state.uplinks`, after the bytes of schedule.py, of the next alert's due time in s.
_ALERT_AT = const(30)
_ALERT_EVERY_S = const(86_400)
_ALERT_AGAIN_S = const(3_600)


def report(node, upload, note: str, deadline: int):
    """Report a refused uplink; return (upload, "") while any uplink is refused, or None.

    `note` is the refusal, such as "HTTP 401: check api_key", or "" if it was reported before. The
    ledger keeps the time of the first refusal.
    """
    ticks = node.ticks()
    if note and not upload.ledger.denied_s:
        upload.ledger.denied_s = node.clock.true_ms(ticks) // 1000
        upload.ledger.save()
    is_refused = any(each.ledger.denied_s for each in node.uploads)
    node.ports.light(is_refused)
    if note and node.alert:
        state = node.stage.state
        due_s = struct.unpack_from("<I", state.uplinks, _ALERT_AT)[0]
        # Ticks restart at zero with a new boot, so an implausible time is ignored.
        if not ticks // 1000 < due_s <= ticks // 1000 + _ALERT_EVERY_S:
            due_s = ticks // 1000 + _alert(node, upload, note, deadline)
            state.uplinks = state.uplinks[:_ALERT_AT] + struct.pack("<I", due_s)
    return (upload, "") if is_refused else None


def _alert(node, upload, note, deadline):
    """Post the alert; return the seconds until the next one."""
    status, _, remedy = note.partition(": ")
    body = json.dumps(
        {
            "node": upload.settings["name"],
            "uplink": upload.name,
            "status": status,
            "remedy": remedy,
        }
    ).encode()
    headers = (("Content-Type", "application/json"),)
    request = make_request("POST", node.alert["url"], headers, len(body), (body,))
    try:
        answer = node.link.exchange(request, deadline + node.stage.state.zero_ms, node.alert["ca"])
    except OSError as error:
        node.ports.say("alert: %s" % error)
        return _ALERT_AGAIN_S
    node.ports.say("alert: HTTP %d" % answer.status)
    return _ALERT_EVERY_S if 200 <= answer.status < 300 else _ALERT_AGAIN_S
