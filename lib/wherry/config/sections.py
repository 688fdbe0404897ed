"""Sections of a configuration: tables and lists of tables, each option checked by its kind.

Errors are (place, seen, remedy), appended to a list. A wrong value becomes `...`.
"""

from wherry import load
from wherry.config import messages
from wherry.config.values import typed


def table(raw, section, known, errors):
    """Return the options of a section in single brackets."""
    place = "[%s]" % section
    given = raw.get(section, {})
    if type(given) is not dict:
        remedy = "write %s once, in single brackets" % place
        errors.append((place, messages.shape(given), remedy))
        given = {}
    return options(place, given, known, errors)


def entries(raw, section, count_max, errors):
    """Return (place, table) of each entry of a section in double brackets, at most `count_max`."""
    place = "[[%s]]" % section
    given = raw.get(section, [])
    if type(given) is not list or not all(type(entry) is dict for entry in given):
        errors.append((place, messages.shape(given), "write %s in double brackets" % place))
        return []
    if not given:
        errors.append((place, "missing", "add at least one " + place))
    if len(given) > count_max:
        remedy = "keep at most %d" % count_max
        errors.append((place, "%d sections" % len(given), remedy))
        return []
    return [("%s %d" % (place, i + 1), entry) for i, entry in enumerate(given)]


def options(place, given, known, errors):
    """Return every known option of a table; a wrong value becomes `...`."""
    result = {}
    misspelt = _check_keys(place, given, known, errors)
    for key in sorted(known):
        option = known[key]
        value = option[1]
        if key in given or value is ...:
            value = typed(option, given.get(key))
            if value is None:
                value = ...
                if key in given or key not in misspelt:
                    errors.append(_wrong(place, key, given, known))
        result[key + "_ms" if option[0] == "duration" else key] = value
    return result


def _wrong(place, key, given, known):
    """Return the error of a key with a wrong or missing value."""
    remedy = messages.remedy(known[key], given.get(key))
    return place + ": " + key, messages.seen(key, given, known), remedy


def part(place, key, given, common, names, errors):
    """Return the module that a section names and the section's typed options, or (None, None).

    `common` has the options of every such section, `names` the modules to suggest.
    """
    given = _respelt(place, key, given, common, errors)
    name = typed(common[key], given.get(key))
    module = _module(key, name)
    if module:
        return module, options(place, given, _joined(common, [module]), errors)
    errors.append(messages.unknown_part(place, key, given, common[key], names))
    _check_rest(place, key, given, common, names, errors)
    return None, None


def _module(key, name):
    """Return the module of a kind's or a driver's options, or None if it does not exist."""
    form = "wherry.uplinks.%s.options" if key == "kind" else "wherry.sensors.%s"
    try:
        module = load(form % name) if name is not None else None
        return module if module and type(module.OPTIONS) is dict else None
    except (ImportError, AttributeError):
        return None


def _joined(common, modules):
    known = dict(common)
    for module in modules:
        known.update(module.OPTIONS)
    return known


def _respelt(place, key, given, common, errors):
    """Return the section with its main key renamed if it was misspelt."""
    for other in sorted(map(str, given)) if key not in given else ():
        if other in given and other not in common and messages.closest(other, (key,)):
            errors.append(messages.unknown_key(place, other, (key,)))
            given = dict(given)
            given[key] = given.pop(other)
            break
    return given


def _check_rest(place, key, given, common, names, errors):
    """Check the other keys of a section without a known module.

    The known keys are those of the suggested module; without a suggestion, a key of any module is
    accepted.
    """
    value = given.get(key)
    guess = messages.closest(value, names) if type(value) is str else None
    found = [_module(key, name) for name in ([guess] if guess else names)]
    known = _joined(common, [module for module in found if module])
    rest = {other: given[other] for other in given if other != key}
    if not guess:
        _check_keys(place, rest, known if names else rest, errors)
        # The limits of a module's own keys are not known here.
        known = dict(common)
        rest = {other: rest[other] for other in rest if other in common}
    del known[key]
    options(place, rest, known, errors)


def _check_keys(place, given, known, errors):
    """Report the unknown keys of a table; return the known keys closest to them."""
    meant = []
    # JSON on MicroPython accepts keys that are not strings.
    for key in sorted(map(str, given)):
        if key not in known:
            errors.append(messages.unknown_key(place, key, known))
            meant.append(messages.closest(key, known))
    return meant
