"""Puts a run of the first hour into docs/first_hour.md: `first_hour.py build/first_hour.json`.

`make bench ONLY=hour` writes that file. Each output replaces the lines between its command, in a
block of the document, and the next command or the end of the block; the times replace the table.
"""

import json
import re
import sys
from pathlib import Path

_DOCUMENT = Path(__file__).parent / "first_hour.md"
_TABLE_HEAD = "| command | takes |\n|---|---|\n"
# The server has ended, but keys stay out of documents.
_KEY = re.compile(r"^( +(?:api key|user token|device secret|token) +)\S+", re.MULTILINE)
# Escape sequences of a terminal, and what a carriage return has overwritten.
_OVERWRITTEN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\n]*\r(?!\n)")
_CLONE = re.compile(r"/tmp/wherry-hour-\w+/wherry")


def main(steps):
    """Write the document; ValueError where the run does not end with a delivery."""
    if not steps or "The node delivers" not in steps[-1][1]:
        raise ValueError("the run does not end with a delivery")
    text = _with_times(_DOCUMENT.read_text("utf-8"), steps)
    for command, output, _ in steps:
        if output:
            text = _with_output(text, command, _shown(output))
    _DOCUMENT.write_text(text, "utf-8")


def _with_times(text, steps):
    begin = text.index(_TABLE_HEAD) + len(_TABLE_HEAD)
    end = text.index("\n\n", begin)
    total_s = sum(seconds for *_, seconds in steps)
    rows = [f"| `{command}` | {seconds:.1f} s |" for command, _, seconds in steps]
    return text[:begin] + "\n".join([*rows, f"| **all** | **{total_s:.1f} s** |"]) + text[end:]


def _with_output(text, command, output):
    # The rest of a command may differ: the port of a virtual board has another number each time.
    name = " ".join(command.split()[:2])
    begin = text.index(f"$ {name}", text.index(_TABLE_HEAD))
    line_end = text.index("\n", begin)
    end = min(text.index(each, line_end) for each in ("\n$ ", "\n```") if each in text[line_end:])
    return f"{text[:begin]}$ {command}\n{output}{text[end:]}"


def _shown(output):
    """Return the lines that are left on the terminal at the end, without keys."""
    text = _CLONE.sub("/home/you/wherry", _KEY.sub(r"\1…", _OVERWRITTEN.sub("", output)))
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
