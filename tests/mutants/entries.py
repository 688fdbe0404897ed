"""Lists of mutants in text files: those that no test needs to find, and those of the sample.

An entry has four lines: `path function`, the line as it is, as the mutant has it (both without
indent, blanks as one), and a word with a colon and what is known of it: `why: ` with the reason in
accepted.txt, `by: ` with the test that finds it in sample.txt. A blank line parts two entries; `#`
begins a comment.
"""

from pathlib import Path

ACCEPTED = Path(__file__).with_name("accepted.txt")
SAMPLE = Path(__file__).with_name("sample.txt")


def read(text, word):
    """Return {key of the mutant: what is known}; ValueError tells which entry is wrong."""
    found = {}
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for entry in "\n".join(lines).split("\n\n"):
        parts = [line.strip() for line in entry.strip().splitlines()]
        if not parts:
            continue
        if len(parts) != 4 or not parts[3].startswith(word + ": ") or parts[0].count(" ") != 1:
            raise ValueError(f"give four lines, the last with {word!r}, not {parts!r}")
        path, function = parts[0].split()
        found[path, function, parts[1], parts[2]] = parts[3].removeprefix(word + ": ")
    return found


def write(path, found, word):
    """Write {key: what is known} below the comments that a file has."""
    head = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
    entries = [
        f"{key[0]} {key[1]}\n{key[2]}\n{key[3]}\n{word}: {known}\n"
        for key, known in sorted(found.items())
    ]
    path.write_text("\n\n".join(["\n".join(head), *(each.strip() for each in entries)]) + "\n")


def check(keys, found):
    """Raise ValueError for entries that are those of no mutant any more."""
    stale = [" ".join(key[:2]) for key in found if key not in keys]
    if stale:
        raise ValueError(f"of no line any more: {', '.join(stale)}")
