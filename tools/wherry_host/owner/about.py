"""The public part of a node's settings: the section [node], and for each uplink its label, kind
and selection; nothing secret. The public part is in the slot that starts next.
"""

import json
import struct

from wherry_host.compile.slot_file import ABOUT, in_bytes
from wherry_host.install.slots import running

_UPLINK_KEYS = ("label", "kind", "selection")


def read_about(read):
    """Return {"node": {…}, "uplink": […] or None}, or None if nothing is known.

    `read(path)` returns the bytes of a file of the board's filesystem, None if it does not exist.
    """
    words = (read("slot") or b"").decode("ascii", "replace").split()
    try:
        slot = in_bytes(read(running(words) or "") or b"")
        return checked(json.loads(slot.content(ABOUT)))
    except (ValueError, KeyError, TypeError, struct.error):
        return None


def checked(found):
    """Return the content if it has the right form; raises KeyError or TypeError otherwise."""
    node, uplinks = found["node"], found.get("uplink")
    if uplinks is not None:
        uplinks = [{key: uplink.get(key) for key in _UPLINK_KEYS} for uplink in uplinks]
    return {"node": node if isinstance(node, dict) else {}, "uplink": uplinks}
