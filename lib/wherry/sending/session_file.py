"""What an uplink remembers beyond a deep sleep: a token, the key in use, channels that are held.

It lies as JSON in a small file `/data/sessions/LABEL`, written only when something has changed.
Loaded on demand.
"""

import json

from wherry import small_file


def keep(upload) -> None:
    """Save the fields of a session that outlive a deep sleep, but for those at their defaults.

    A flash that is full only costs a token, or a channel's second refusal.
    """
    session = upload.session
    session.has_changed = False
    content = {}
    for name in session.KEPT:
        value = getattr(session, name)
        if value != getattr(type(session), name):
            content[name] = value
    folder = upload.queue.root + "/sessions"
    try:
        small_file.make_folder(folder)
        small_file.write("%s/%s" % (folder, upload.name), json.dumps(content).encode())
    except OSError:
        pass


def restore(upload) -> None:
    """Set what was saved of an upload's session; what is no such value is as good as absent."""
    content = small_file.read("%s/sessions/%s" % (upload.queue.root, upload.name))
    try:
        found = json.loads(content) if content else {}
    except ValueError:
        found = {}
    if type(found) is not dict:
        return
    for name in upload.session.KEPT:
        value = found.get(name)
        # An uplink of another kind, or another version, may have had the label before.
        if type(value) is type(getattr(upload.session, name)):
            setattr(upload.session, name, value)
