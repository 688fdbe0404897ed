"""Give orders to a board at a serial port as small files in its flash, then read its console."""

import time

from wherry_host.owner.data_port import DataPort


class OrderPort(DataPort):
    """A DataPort that writes orders, and reads the console of the restarted node."""

    def put(self, name, content):
        """Write an order; a power cut leaves either no order or a complete one."""
        path = f"/data/orders/{name}"
        self.write(path + ".tmp", content)
        self.rename(path + ".tmp", path + ".new")

    def lines_within(self, wait_s):
        """Yield the lines that the restarted node prints within a time; "" while it is silent."""
        end_s = time.monotonic() + wait_s
        for line in self.lines():
            self._look()
            yield line
            if time.monotonic() >= end_s:
                return
