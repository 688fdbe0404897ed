"""Sections of a configuration: tables and lists of tables, each option judged by its kind.

Errors are (place, seen, remedy) and go into a list. An option whose value is wrong is `...`.
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
    """Return every option of a table of known ones; one whose value is wrong becomes `...`."""
    result = {}
    # JSON on MicroPython lets keys pass that are no texts.
    for key in sorted(map(str, given)):
        if key not in known:
            errors.append(messages.unknown_key(place, key, known))
    for key in sorted(known):
        option = known[key]
        value = option[1]
        if key in given or value is ...:
            value = typed(option, given.get(key))
            if value is None:
                seen = messages.seen(key, given, known)
                remedy = messages.remedy(option, given.get(key))
                errors.append((place + ": " + key, seen, remedy))
                value = ...
        result[key + "_ms" if option[0] == "duration" else key] = value
    return result


def part(place, key, given, common, folder, names, errors):
    """Return the module that a section names and the section's typed options, or None twice.

    `common` are the options that every section of the kind has, `names` the modules to suggest.
    """
    name = typed(common[key], given.get(key))
    if name is None:
        errors.append(messages.unknown_part(place, key, given, common[key], names))
        return None, None
    form = "wherry.%s.%s.options" if key == "kind" else "wherry.%s.%s"
    try:
        module = load(form % (folder, name))
        known = dict(common)
        known.update(module.OPTIONS)
    except (ImportError, AttributeError):
        remedy = messages.nearest(name, names) if names else "correct it or deploy that file"
        seen = "%s, which is no file of wherry/%s" % (messages.shown("name", name), folder)
        errors.append((place + ": " + key, seen, remedy))
        return None, None
    return module, options(place, given, known, errors)
