"""Puts a run of the first hour into docs/first_hour.md: `first_hour.py build/first_hour.json`.

`make bench ONLY=hour` writes that file. Each output replaces the lines between its command and the
end of its block; the times replace the rows of the table.
"""

import json
import re
import sys
from pathlib import Path

from readme import put

_DOCUMENT = Path(__file__).parent / "first_hour.md"
_TABLE_HEAD = "| command | takes |\n|---|---|\n"
# The server has ended, but keys stay out of documents.
_KEY = re.compile(r"^( +(?:api key|user token|device secret|token) +)\S+", re.MULTILINE)
# Escape sequences of a terminal, and what a carriage return has overwritten.
_OVERWRITTEN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\n]*\r(?!\n)")
# Places that differ from run to run, and the document's words for them.
_PLACES = ((r"/tmp/wherry-hour-\w+/wherry", "/home/you/wherry"), (r"/dev/pts/\d+", "/dev/pts/1"))


def main(steps):
    """Write the document; ValueError where the run does not end with a delivery."""
    if not steps or "The node delivers" not in steps[-1][1]:
        raise ValueError("the run does not end with a delivery")
    text = _with_times(_DOCUMENT.read_text("utf-8"), steps)
    for command, output, _ in steps:
        if output:
            text = put(text, f"$ {_shown(command)}", _shown(output))
    _DOCUMENT.write_text(text, "utf-8")


def _with_times(text, steps):
    begin = text.index(_TABLE_HEAD) + len(_TABLE_HEAD)
    end = text.index("\n\n", begin)
    total_s = sum(seconds for *_, seconds in steps)
    rows = [f"| `{_shown(command)}` | {seconds:.1f} s |" for command, _, seconds in steps]
    return text[:begin] + "\n".join([*rows, f"| **all** | **{total_s:.1f} s** |"]) + text[end:]


def _shown(output):
    """Return the lines that are left on the terminal at the end, without keys."""
    text = _KEY.sub(r"\1…", _OVERWRITTEN.sub("", output))
    for form, place in _PLACES:
        text = re.sub(form, place, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
