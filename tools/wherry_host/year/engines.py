"""The engines of `wherry year`: the interpreters that run a node's code."""

from enum import StrEnum

from wherry_host.errors import ToolError
from wherry_host.systems import is_linux


class Engine(StrEnum):
    """`vm` is a fresh MicroPython in each wake, `cpython` this process's interpreter."""

    cpython = "cpython"
    vm = "vm"


def machine_of(engine):
    """Return the class of an engine's chip; raises ToolError if this computer cannot run it."""
    # The imports are here because `wherry --help` needs only the names of the engines.
    if engine == Engine.cpython:
        from wherry_host.year.cpython.machine import Machine
    elif is_linux():
        from wherry_host.year.vm.machine import Machine
    else:
        raise ToolError("--engine vm: it needs Linux (on Windows: WSL); use --engine cpython")
    return Machine
