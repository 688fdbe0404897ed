"""Puts the output of `make demo` and `make test` into README.md: `readme.py DEMO TEST`.

DEMO and TEST are files with these outputs. Each replaces the lines between the command, in a block
of README.md, and the end of that block.
"""

import re
import sys
from pathlib import Path

_README = Path(__file__).parents[1] / "README.md"
_DEMO, _TEST = "$ make demo | cat", "$ make test"
# A stretch of more lines of the node is cut before the last one.
_CALM_COUNT_MAX = 2
_CLOSING = re.compile(r"^\d+ passed.* in [\d.]+s.*$", re.MULTILINE)


def main(demo, test):
    """Write README.md; ValueError where an output is not that of a run that passed."""
    text = _README.read_text("utf-8")
    closing = _CLOSING.findall(test)
    if len(closing) != 1 or "failed" in test:
        raise ValueError("the output of `make test` lacks the closing line of a run that passed")
    if "nothing lost" not in demo:
        raise ValueError("the output of `make demo` lacks an account that balances")
    text = put(text, _DEMO, _shortened(demo))
    text = put(text, _TEST, f"bringing up nodes...\n…\n{closing[0]}")
    _README.write_text(text, "utf-8")


def put(text, command, output):
    """Return a text with another output of a command, which is the last one of its block."""
    begin = text.index(command) + len(command) + 1
    return text[:begin] + output + "\n" + text[text.index("```", begin) :]


def _shortened(demo):
    """Return the demo's output without most of the node's lines."""
    shown, calm = [], []
    lines = demo[demo.index("A node's life") :].rstrip().splitlines()
    for line in lines:
        if " s  node    " in line or line == "     …":
            calm.append(line)
            continue
        shown += _ends(calm) + [line]
        calm = []
    return "\n".join(shown + _ends(calm))


def _ends(calm):
    return calm if len(calm) <= _CALM_COUNT_MAX else ["     …", calm[-1]]


if __name__ == "__main__":
    main(*(Path(path).read_text("utf-8") for path in sys.argv[1:]))
