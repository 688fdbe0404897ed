"""A board at a serial port whose console is read after the restart, without another reset."""

from wherry_host.install.console_port import ConsoleLines
from wherry_host.install.target_port import PortTarget


class NodePort(ConsoleLines, PortTarget):
    """A PortTarget with the console of the node that it has restarted."""

    def __init__(self, port, **options):
        super().__init__(port, **options)
        self._port = port
