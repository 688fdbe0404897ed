"""A simulated chip whose program runs on this CPython."""

from traceback import format_exception

from wherry_host.year.chip.errors import ChipError
from wherry_host.year.chip.link_port import Registers
from wherry_host.year.cpython import chip_modules
from wherry_host.year.cpython.flash import Filesystem
from wherry_host.year.cpython.program import Program
from wherry_host.year.node import DEPLOYED

_RESTART_MS = 10_000


class Machine:
    """`node` is a Node; `regs` are the chip's Registers, `flash` is its Filesystem."""

    def __init__(self, node):
        self._node = node
        self.regs = Registers()
        self.flash = Filesystem(node.filesystem_size, node.slot)

    def connect(self, life):
        """Connect the chip with a Life, which has the world."""
        self._life = life
        self.program = self.new_program()

    def deploy(self, node):
        """Replace the slot of the node, whose program has ended."""
        self._node = node
        self.flash.replace_slot(node.slot)
        self.flash.put(DEPLOYED)
        self.program = self.new_program()

    def new_program(self):
        """Return a Program of the node's modules, before it has loaded any."""
        life = self._life
        chip = self.flash, life.site.network, life.clock, life.site.chance, life.verify
        names = {"open": self.flash.open, "print": life.say, "OSError": ChipError}
        sources = chip_modules.shims() | self._node.sources
        program = Program(sources, chip_modules.given(life.port, *chip), names)
        program.modules["sys"] = chip_modules.system(program.modules, self._failed)
        return program

    def run(self):
        """Run the program until it ends; raises Ended if it was ended."""
        life = self._life
        self.program.restart()
        try:
            app = self.program.load("app")
        except Exception as error:
            life.port.check()
            # As the loader does.
            self._failed(error)
            life.sleep(_RESTART_MS)
            return
        try:
            app.run(["a.app"])
        except Exception as error:
            life.port.check()
            self._failed(error)
            life.port.wait_for_watchdog()

    def _failed(self, error, *_):
        self._life.failed("".join(format_exception(error)))

    def close(self):
        """Release what the chip holds: here, nothing."""
