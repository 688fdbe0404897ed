"""A board at a serial port that is given orders: small files in its flash, then its console."""

import time

from wherry_host.owner.data_port import DataPort


class OrderPort(DataPort):
    """A DataPort that puts orders, and reads the console of the node once it is restarted."""

    def put(self, name, content):
        """Put an order: a cut leaves none or a whole one."""
        path = f"/data/orders/{name}"
        self.write(path + ".tmp", content)
        self.rename(path + ".tmp", path + ".new")

    def lines_within(self, wait_s):
        """Yield the lines that the restarted node prints within a time, "" where it is silent."""
        end_s = time.monotonic() + wait_s
        for line in self.lines():
            self._look()
            yield line
            if time.monotonic() >= end_s:
                return
