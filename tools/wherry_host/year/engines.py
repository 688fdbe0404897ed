"""The engines of `wherry year`: the interpreters that run a node's code."""

import sys
from enum import StrEnum

from wherry_host.errors import ToolError


class Engine(StrEnum):
    """`vm` is a fresh MicroPython in each wake, `cpython` this process's interpreter."""

    cpython = "cpython"
    vm = "vm"


def machine_of(engine):
    """Return the class of an engine's chip; raises ToolError if this computer cannot run it."""
    # The imports are here because `wherry --help` needs only the names of the engines.
    if engine == Engine.cpython:
        from wherry_host.year.cpython.machine import Machine
    elif sys.platform == "linux":
        from wherry_host.year.vm.machine import Machine
    else:
        raise ToolError("--engine vm: MicroPython's package is only for Linux; use cpython")
    return Machine
