"""The mutants that no test needs to find, each with a reason: the entries of accepted.txt.

An entry has four lines: `path function`, the line as it is, as the mutant has it (both without
indent, blanks as one), and `why: ` with the reason. A blank line parts two; `#` begins a comment.
"""

from pathlib import Path

PATH = Path(__file__).with_name("accepted.txt")


def read(text):
    """Return {key of the mutant: reason}; ValueError tells which entry is wrong."""
    found = {}
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for entry in "\n".join(lines).split("\n\n"):
        parts = [line.strip() for line in entry.strip().splitlines()]
        if not parts:
            continue
        if len(parts) != 4 or not parts[3].startswith("why: ") or parts[0].count(" ") != 1:
            raise ValueError(f"accepted.txt: give four lines as its head says, not {parts!r}")
        path, function = parts[0].split()
        found[path, function, parts[1], parts[2]] = parts[3].removeprefix("why: ")
    return found


def check(keys, accepted):
    """Raise ValueError for entries that are those of no mutant any more."""
    stale = [" ".join(key[:2]) for key in accepted if key not in keys]
    if stale:
        raise ValueError(f"accepted.txt: of no line any more, remove: {', '.join(stale)}")
