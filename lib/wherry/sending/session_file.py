"""What an uplink remembers beyond a deep sleep: a token, the key in use, channels that are held.

It lies as JSON in a small file `/data/sessions/LABEL`, written only when something has changed.
Loaded for the moment.
"""

import json

from wherry import small_file

# What the core itself keeps: the index of the key in use, and the channels that are held.
_OWN = ("key", "held")


def keep(upload) -> None:
    """Save a session that has changed.

    A flash that is full only costs a token, or a channel's second refusal.
    """
    if not upload.session.pop("changed", False):
        return
    names = upload.kept + _OWN
    content = {name: upload.session[name] for name in names if name in upload.session}
    folder = upload.queue.root + "/sessions"
    try:
        small_file.make_folder(folder)
        small_file.write("%s/%s" % (folder, upload.name), json.dumps(content).encode())
    except OSError:
        pass


def read(upload) -> dict:
    """Return what was saved of an upload's session, {} if there is none."""
    content = small_file.read("%s/sessions/%s" % (upload.queue.root, upload.name))
    try:
        found = json.loads(content) if content else {}
    except ValueError:
        found = {}
    if type(found) is not dict:
        return {}
    kept = upload.kept + _OWN
    return {name: found[name] for name in found if name in kept}
