"""Puts the output of `make soak` into docs/soak.md."""

import subprocess
from pathlib import Path

from readme import put

_PAGE = Path(__file__).with_name("soak.md")
_COMMAND = "$ make soak"


def main():
    """Run the campaign and write the page; CalledProcessError if the campaign fails."""
    command = ["make", "--no-print-directory", "soak"]
    root = _PAGE.parents[1]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    output = done.stdout[done.stdout.index("moment") :].rstrip()
    _PAGE.write_text(put(_PAGE.read_text("utf-8"), _COMMAND, output), "utf-8")


if __name__ == "__main__":
    main()
