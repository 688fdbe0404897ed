"""Remove the parts of a driver that only the host's configuration check reads."""

import ast

from wherry_host.compile.syntax import nodes, parsed
from wherry_host.errors import DeployError

_DRIVERS = "wherry/sensors/"
_TABLES = {"OPTIONS", "CHANNELS"}


def without_host_only(name, text):
    """Return a source of the slot; a driver's OPTIONS and CHANNELS become empty lines.

    Raises DeployError if the driver uses them itself.
    """
    if not name.startswith(_DRIVERS):
        return text
    lines = text.splitlines(keepends=True)
    for node in nodes(parsed(text), ast.Assign):
        if getattr(node.targets[0], "id", None) in _TABLES:
            for i in range(node.lineno - 1, node.end_lineno):
                lines[i] = "\n"
    found = "".join(lines)
    for node in nodes(parsed(found), ast.Name):
        if node.id in _TABLES:
            raise DeployError(f"{name}: line {node.lineno}: {node.id} is not on the board")
    return found
