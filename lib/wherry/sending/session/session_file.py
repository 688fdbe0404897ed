"""The part of a session that outlives a deep sleep: a token, the key in use, held channels.

It is stored as JSON in a small file `/data/sessions/LABEL`, written only after a change.
Loaded on demand.
"""

import json

from wherry import small_file


def keep(upload) -> None:
    """Save the fields of a session that outlive a deep sleep, except those at their defaults.

    Write errors are ignored: they cost only another login, or another refusal of a channel.
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
    """Restore the saved fields of an upload's session; a value of another type is ignored."""
    content = small_file.read("%s/sessions/%s" % (upload.queue.root, upload.name))
    try:
        found = json.loads(content) if content else {}
    except ValueError:
        found = {}
    if type(found) is not dict:
        return
    for name in upload.session.KEPT:
        value = found.get(name)
        # An uplink of another type or version may have used the label before.
        if type(value) is type(getattr(upload.session, name)):
            setattr(upload.session, name, value)
