"""The commands in the documents."""

import re

from support.places import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# In backquotes, or a line of a block; a shell's prompt may come first.
WHERRY = re.compile(r"(?:`|^(?:\$ )?)(?:\.venv/bin/)?wherry ([a-z][^`\n]*)(?:`|$)", re.MULTILINE)
# The end of a command line: a redirection, a pipe, a comment.
ENDS = re.compile(r"\s[>|#]|\s&&")


def commands(pattern):
    """Return {(words of a command): file} of all documents."""
    return {
        found.groups(): path.name
        for path in DOCUMENTS
        for found in pattern.finditer(path.read_text("utf-8"))
    }
