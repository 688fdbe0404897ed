"""A slot next to a node's /data, from which its owner's commands read the settings."""

import json

from wherry_host.compile.slot_file import ABOUT, SETTINGS, built


def write_settings(data, node, uplinks=None, secrets=None):
    """Write the slot that starts next; `secrets` are settings that no command may show."""
    entries = {ABOUT: json.dumps({"node": node, "uplink": uplinks, "modules": {}}).encode()}
    entries[SETTINGS] = json.dumps(secrets or {}).encode()
    (data.parent / "a.app").write_bytes(built(entries, "0.2.0"))
    (data.parent / "slot").write_text("a.app")
