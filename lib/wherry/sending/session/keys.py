"""An uplink with several keys: if the server refuses one, the next is tried.

Loaded on demand.
"""

from wherry.sending import verdict

# Options that may be a list.
_OPTIONS = ("api_key", "token", "device_secret")


def restore(upload) -> None:
    """Use the key that was in use last, if there are several."""
    settings = upload.settings
    several = [option for option in _OPTIONS if type(settings.get(option)) is list]
    if several:
        settings["keys"] = several[0], settings[several[0]]
        _use(upload, upload.session.key)


def answer_refusal(upload, outcome) -> None:
    """Switch to the next key if an Outcome says so; otherwise all keys have been tried."""
    session = upload.session
    keys = upload.settings["keys"][1]
    if outcome.kind != verdict.AGAIN:
        session.tried = 1
        outcome.note = "%s (all %d keys)" % (outcome.note, len(keys))
        return
    session.tried += 1
    session.has_changed = True
    _use(upload, session.key + 1)
    session.report = "refused; trying key %d of %d" % (session.key + 1, len(keys))
    outcome.note = "trying the next key"


def _use(upload, index):
    option, keys = upload.settings["keys"]
    upload.session.key = index % len(keys)
    upload.settings[option] = keys[index % len(keys)]
