"""The public part of a node's settings: the section [node], and for each uplink its label, kind
and selection; nothing secret. The public part is in the slot that starts next, and so is the
version.
"""

import json
import struct

from wherry_host.compile.slot_file import ABOUT, in_bytes
from wherry_host.install.slots import is_on_trial, running

_UPLINK_KEYS = ("label", "kind", "selection")


def read_about(read):
    """Return the content of `about_in`, or None if nothing is known.

    `read(path)` returns the bytes of a file of the board's filesystem, None if it does not exist.
    """
    words = (read("slot") or b"").decode("ascii", "replace").split()
    try:
        return about_in(words, in_bytes(read(running(words) or "") or b""))
    except (ValueError, KeyError, TypeError, struct.error):
        return None


def about_in(words, slot):
    """Return {"node": {…}, "uplink": […] or None, "version": {…}} of a SlotFile.

    `words` are those of the file /slot, which selected the SlotFile. "version" has the slot's
    `slot` and `version` and, during its trial, `trial_starts`. Raises ValueError, KeyError or
    TypeError if the content has another form.
    """
    found = json.loads(slot.content(ABOUT))
    node, uplinks = found["node"], found.get("uplink")
    if uplinks is not None:
        uplinks = [{key: uplink.get(key) for key in _UPLINK_KEYS} for uplink in uplinks]
    starts = int(words[2]) if is_on_trial(words) else None
    return {
        "node": node if isinstance(node, dict) else {},
        "uplink": uplinks,
        "version": {"slot": running(words), "version": slot.version, "trial_starts": starts},
    }
