"""What an uplink remembers beyond a deep sleep: a token, the key in use, channels that are held.

It lies as JSON in a small file `/data/sessions/LABEL`, written when something has changed only.
"""

import json

from wherry import small_file
from wherry.sending import verdict

# Options that may be a list: where a server refuses one key, the next is tried.
_KEYS = ("api_key", "token", "device_secret")
# What the core itself keeps: the index of the key in use, and the channels that are held.
_OWN = ("key", "held")


def begin(uploads, link=None) -> None:
    """Restore the sessions, and the keys that were in use last.

    Sets how much of an answer the link keeps: as much as the uplinks need.
    """
    for upload in uploads:
        if upload.remembers:
            _begin(upload)
        if link:
            size = getattr(upload.module, "ANSWER_SIZE_MAX", 0)
            link.answer_size = max(link.answer_size, size)


def _begin(upload):
    settings = upload.settings
    keys = [key for key in _KEYS if type(settings.get(key)) is list]
    upload.session.update(_read(upload, getattr(upload.module, "KEPT", ())))
    if keys:
        settings["keys"] = keys[0], settings[keys[0]]
        _use(upload, upload.session.get("key", 0))


def save(upload) -> None:
    """Keep the session; a flash that is full only costs a token, or a channel's second refusal."""
    names = tuple(getattr(upload.module, "KEPT", ())) + _OWN
    content = {name: upload.session[name] for name in names if name in upload.session}
    folder = upload.queue.root + "/sessions"
    try:
        small_file.make_folder(folder)
        small_file.write("%s/%s" % (folder, upload.name), json.dumps(content).encode())
    except OSError:
        pass


def _read(upload, kept):
    content = small_file.read("%s/sessions/%s" % (upload.queue.root, upload.name))
    try:
        found = json.loads(content) if content else {}
    except ValueError:
        found = {}
    if type(found) is not dict:
        return {}
    return {name: found[name] for name in found if name in kept or name in _OWN}


def _use(upload, index):
    option, keys = upload.settings["keys"]
    index = index if type(index) is int else 0
    upload.session["key"] = index % len(keys)
    upload.settings[option] = keys[index % len(keys)]


def try_next_key(upload, outcome) -> None:
    """Go on with the next key where one is refused, once round."""
    session = upload.session
    keys = upload.settings["keys"][1]
    tried = session.get("tried", 1)
    if tried >= len(keys):
        session.pop("tried", None)
        outcome.note = "%s (all %d keys)" % (outcome.note, len(keys))
        return
    session["tried"] = tried + 1
    session["changed"] = True
    _use(upload, session["key"] + 1)
    session["report"] = "refused; key %d of %d is tried" % (session["key"] + 1, len(keys))
    outcome.kind, outcome.note = verdict.STEP, "the next key is tried"
