"""Fetch and pin the third-party drivers of a configuration, without files that a node skips."""

from wherry_host.adapter.imports import BUILT_IN, ImportsError, needed
from wherry_host.adapter.lock import Lock
from wherry_host.adapter.sources import SourceError, fetched


def third_party(typed):
    """Return (number, section) of each section that names a third-party driver."""
    return [(i, each) for i, each in enumerate(typed["sensor"], 1) if "source" in each]


def resolved(typed, config_path, errors):
    """Return {section's number: {path: text}} of the drivers, and pin new ones in the lock file.

    Errors are (place, seen, remedy), as in wherry/config. Raises PlaceError for a bad lock file.
    """
    sections = third_party(typed)
    if not sections:
        return {}
    lock = Lock(config_path)
    pins, found = {}, {}
    for number, section in sections:
        source = section["source"]
        place = f"[[sensor]] {number}"
        try:
            if source == "frozen":
                found[number] = _frozen(section["driver"])
                continue
            got = fetched(source, config_path.parent, lock.pin(source))
            pins[source] = got.sha256
            found[number] = needed(got.files, section["driver"])
        except ImportsError as error:
            errors.append(
                (f"{place}: driver", f'"{section["driver"]}": {error.args[0]}', error.args[1])
            )
        except SourceError as error:
            remedy = error.args[1] or f"remove its line from {lock.path.name} to accept it"
            errors.append((f"{place}: source", f'"{source}": {error.args[0]}', remedy))
    _check_paths(found, errors)
    if not errors:
        lock.write(pins)
    return found


def _frozen(driver):
    module = driver.partition(":")[0]
    if module not in BUILT_IN:
        remedy = 'give a source, such as "pypi:name==version"'
        raise ImportsError(f"stock images lack the module {module}", remedy)
    return {}


def _check_paths(found, errors):
    """Add an error if two drivers have different files with the same name."""
    seen = {}
    for number, own in found.items():
        for path, text in own.items():
            if seen.setdefault(path, text) != text:
                remedy = "rename the file of one of them"
                errors.append((f"[[sensor]] {number}: driver", f"another {path}", remedy))
