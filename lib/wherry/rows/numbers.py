"""Files whose names are numbers: a folder's segments, and aside files."""

import os


def numbers(folder: str, form: str = "%08x") -> list:
    """Return the sorted numbers of a folder's files whose names match `form`."""
    found = []
    for name in os.listdir(folder):
        try:
            number = int(name, 16)
        except ValueError:
            number = -1
        if number >= 0 and form % number == name:  # A foreign file is not ours to read or remove.
            found.append(number)
    return sorted(found)
