"""The uplinks of a configuration: the keys that all have, their labels, what each one takes."""

from wherry.config import messages
from wherry.config.sections import options, part
from wherry.sending.joined import joined_mask

# Of a channel at a server, in bytes of UTF-8.
_NAME_SIZE_MAX = 100
_UPLINK = {
    "kind": ("name", ..., 40, "_"),
    "label": ("name", None, 24, "-_"),
    "start": ("choice", None, "oldest", "new"),
    "hold_days": ("count", 30, 0, 3650),
    "send_every": ("duration", None, 100, 604800000),
    "channels": ("channels", None),
    "names": ("names", {}),
}


def uplink(place, given, kinds, errors):
    """Return the typed options of an [[uplink]], None without a kind."""
    module, typed = part(place, "kind", given, _UPLINK, kinds, errors)
    if not module:
        return None
    module.settle(
        typed, lambda key, seen, remedy: errors.append((place + ": " + key, seen, remedy))
    )
    if typed["channels"] is None:
        typed["channels"] = getattr(module, "CHANNELS_DEFAULT", "all")
    typed["holds"] = hasattr(module, "HOLDS_CHANNELS")
    return typed


def name_uplinks(uplinks, errors):
    """Give each uplink a label, the name of its ledger: harbor, harbor-2, ... if it has none."""
    places = {}
    for i, typed in enumerate(uplinks):
        if not typed or typed["label"] is ...:
            continue
        kind, label = typed["kind"], typed["label"]
        if label is None:
            count = 1 + len([other for other in uplinks[:i] if other and other["kind"] == kind])
            label = typed["label"] = "%s-%d" % (kind, count) if count > 1 else kind
        place = "[[uplink]] %d" % (i + 1)
        if label in places:
            seen = '"%s", as %s' % (label, places[label])
            errors.append((place + ": label", seen, "give each uplink a label of its own"))
        places[label] = place


def select(uplinks, channels, sample_every_ms, errors):
    """Put `selection` in place of `channels` and `names`: what a Selection takes, or None.

    `channels` are all of the node's as (name, unit, decimals).
    """
    known = {channel[0]: ("text", None, 1, _NAME_SIZE_MAX) for channel in channels}
    for i, typed in enumerate(uplinks):
        if not typed:
            continue
        place = "[[uplink]] %d" % (i + 1)
        chosen, names = typed.pop("channels"), typed.pop("names")
        if type(chosen) is list:
            for name in chosen:
                if name not in known:
                    seen = '"%s"' % messages.one_line(name)
                    errors.append((place + ": channels", seen, messages.nearest(name, known)))
        names = options(place + ": names", {} if names is ... else names, known, errors)
        # What is no such text has been reported.
        names = {name: names[name] for name in names if names[name] not in (None, ...)}
        _check_names(place, names, known, errors)
        every_ms = typed["send_every_ms"]
        if (
            every_ms not in (None, ...)
            and sample_every_ms is not ...
            and every_ms < sample_every_ms
        ):
            text = messages.amount_text
            remedy = "give at least sample_every, which is " + text(sample_every_ms)
            errors.append((place + ": send_every", text(every_ms), remedy))
        # One that may hold a channel needs a selection, so that the others can go on.
        holds = typed.pop("holds")
        plain = chosen == "all" and not (names or holds or joined_mask(channels, -1))
        typed["selection"] = None if plain else [chosen, names]
        # What a running node has no use for would only take its memory.
        typed.pop("allow_plain_http", None)
        if every_ms is None:
            del typed["send_every_ms"]


def _check_names(place, names, known, errors):
    """No two channels may go to the server under one name."""
    taken = {}
    for name in known:
        other = taken.setdefault(names.get(name, name), name)
        if other != name:
            seen = '"%s" for %s and %s' % (names.get(name, name), other, name)
            errors.append((place + ": names", messages.one_line(seen), "give each its own name"))
