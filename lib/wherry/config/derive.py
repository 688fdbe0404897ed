"""Channels that a section derives from its sensor's channels: their inputs and units."""

from wherry.config import messages

# {name: (its two inputs, unit, decimals)}. The formulas are in sampling/derived.py.
DERIVED = {
    "dew_point": (("temperature", "humidity"), "°C", 2),
    "absolute_humidity": (("temperature", "humidity"), "g/m³", 2),
    "heat_index": (("temperature", "humidity"), "°C", 1),
    "sea_level_pressure": (("temperature", "pressure"), "hPa", 2),
}


def derived(place, names, altitude, channels, shapes, errors):
    """Return ([(name, unit, decimals)], the typed `derive` or None) for the requested channels.

    `names` may be None or wrong (`...`), and so may `altitude`, in millionths of a metre.
    `channels` are the driver's channels, `shapes` the section's in the same order; each is (name,
    unit, decimals).
    """
    given = [] if names in (None, ...) else names
    found = _found(place + ": derive", given, channels, shapes, errors)
    needs_altitude = names is ... or "sea_level_pressure" in given
    if "sea_level_pressure" in given and altitude is None:
        remedy = "give the sensor's height above sea level in metres"
        errors.append((place + ": altitude_m", "missing", remedy))
    elif altitude is not None and not needs_altitude:
        remedy = 'remove it, or add "sea_level_pressure" to derive'
        errors.append((place + ": altitude_m", "not used", remedy))
    entries = [_entry(name, *DERIVED[name], shapes) for name in found]
    return [(name,) + DERIVED[name][1:] for name in found], [altitude, entries] if found else None


def _found(where, names, channels, shapes, errors):
    """Return the requested names that a section can derive."""
    found = []
    for name in names:
        if name not in DERIVED:
            seen = messages.shown("name", name)
            errors.append((where, seen, messages.nearest(name, DERIVED)))
        elif name in found:
            errors.append((where, '"%s" twice' % name, "name it once"))
        elif _has_inputs(where + ": " + name, DERIVED[name][0], channels, shapes, errors):
            found.append(name)
    return found


def _has_inputs(where, inputs, channels, shapes, errors):
    """Return whether a section has the inputs of a derived channel, in the driver's units."""
    units = {channel[0]: channel[1] for channel in channels}
    shown = {shape[0]: shape[1] for shape in shapes}
    for each in inputs:
        if each not in units:
            own = ", ".join([channel[0] for channel in channels])
            errors.append((where, "needs " + each, "remove it: the sensor has " + own))
            return False
        if units[each] != shown[each]:
            seen = "needs %s in %s" % (each, units[each])
            errors.append((where, seen, "remove the unit of " + each))
            return False
    return True


def _entry(name, inputs, _, decimals, shapes):
    """Return the entry of one channel for sampling/derived.py."""
    places = {shape[0]: [i, shape[2]] for i, shape in enumerate(shapes)}
    return [name, decimals, [places[each] for each in inputs]]
