"""The places of set-aside readings, decoded once: most forks of a life have the same ones."""

from wherry.rows.numbers import numbers
from wherry.sending.refusal.aside_files import Aside

_FOLDERS_MAX = 8
_known = {}


def places_aside(folder: str) -> dict:
    """Return the (row, index) of each reading set aside in a folder, by uplink."""
    aside = Aside(folder)
    content = tuple([_content(folder, name) for name in numbers(folder)])
    if content not in _known:
        if len(_known) == _FOLDERS_MAX:
            _known.clear()
        _known[content] = _places(aside)
    return _known[content]


def _content(folder, name):
    with open("%s/%08x" % (folder, name), "rb") as file:
        return file.read()


def _places(aside):
    found = {}
    for entry in aside.readings():
        found.setdefault(entry[9], []).append(entry[:2])
    return found
