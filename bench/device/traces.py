"""The rows of a trace; when they are used up, they come again with later stamps."""

import deflate
from wherry.rows.frame import MS

FOLDER = __file__.rsplit("/", 2)[0] + "/traces/"


class Trace:
    """`channels` are (name, unit, decimals); `ms` is True if stamps have milliseconds."""

    def __init__(self, name):
        self._path = FOLDER + name + ".csv.gz"
        with open(self._path, "rb") as packed:
            head = deflate.DeflateIO(packed, deflate.GZIP).readline().decode().strip().split(",")
        self.ms = head[0].startswith("t_ms")
        self.channels = []
        self._factors = []
        for column in head[1:]:
            name, _, scale = column.partition("_e-")
            decimals, _, factor = scale.partition("_x")
            self.channels.append((name, "", int(decimals)))
            self._factors.append(int(factor or 1))

    def rows(self, count):
        """Yield `count` rows as the arguments of Queue.append."""
        mask = (1 << len(self.channels)) - 1
        flags = MS if self.ms else 0
        per_s = 1000 if self.ms else 1
        shift = last = 0
        step = 0
        while count:
            for numbers in self._lines():
                if not count:
                    return
                count -= 1
                stamp = numbers[0] + shift
                step = stamp - last
                last = stamp
                values = [n * factor for n, factor in zip(numbers[1:], self._factors)]
                ms = stamp % per_s if self.ms else 0
                yield flags, 0, stamp // per_s, ms, mask, values
            shift = last + step - next(self._lines())[0]

    def _lines(self):
        with open(self._path, "rb") as packed:
            lines = deflate.DeflateIO(packed, deflate.GZIP)
            lines.readline()
            while True:
                line = lines.readline()
                if not line:
                    return
                yield [int(part) for part in line.split(b",")]
