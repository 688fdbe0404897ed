"""The uplinks of a configuration: their common keys, labels and channels."""

from wherry.config import messages
from wherry.config.sections import options, part
from wherry.sending.batch.joined import joined_mask

# The longest name of a channel at a server, in bytes of UTF-8.
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
    """Return the typed options of an [[uplink]], or None without a kind."""
    module, typed = part(place, "kind", given, _UPLINK, kinds, errors)
    if not module:
        return None
    module.complete(
        typed, lambda key, seen, remedy: errors.append((place + ": " + key, seen, remedy))
    )
    if typed["channels"] is None:
        typed["channels"] = getattr(module, "CHANNELS_DEFAULT", "all")
    typed["holds"] = hasattr(module, "HOLDS_CHANNELS")
    return typed


def name_uplinks(uplinks, errors):
    """Give each uplink a label, the name of its ledger: by default harbor, harbor-2, ..."""
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
            errors.append((place + ": label", seen, "give each uplink its own label"))
        places[label] = place


def select(uplinks, channels, sample_every_ms, errors):
    """Replace `channels` and `names` with `selection`: a Selection's arguments, or None.

    `channels` are all channels of the node as (name, unit, decimals).
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
        # Wrong names have been reported.
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
        # An uplink that may hold a channel needs a selection, so that its other channels can
        # continue.
        holds = typed.pop("holds")
        plain = chosen == "all" and not (names or holds or joined_mask(channels, -1))
        typed["selection"] = None if plain else [chosen, names]
        # A running node does not need this option, which would only occupy memory.
        typed.pop("allow_plain_http", None)
        if every_ms is None:
            del typed["send_every_ms"]


def _check_names(place, names, known, errors):
    """Report two channels with the same name at the server."""
    taken = {}
    for name in known:
        other = taken.setdefault(names.get(name, name), name)
        if other != name:
            seen = '"%s" for %s and %s' % (names.get(name, name), other, name)
            errors.append((place + ": names", messages.one_line(seen), "give each its own name"))
