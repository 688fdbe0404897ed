"""All fast sensors of a node: their samples become rows, many at a time.

Loaded only if a node has one. Samples that were taken and never read are sensor errors.
"""

from wherry.sampling.fifo import Fifo
from wherry.time.clock import newest_ms


class Fifos:
    """All fast sensors of a node; `due` is the ticks of the next `take`."""

    def __init__(self, say):
        self._say = say
        self._fifos = []
        self._failing = {}
        self.due = 0

    def add(self, number: int, label: str, sensor, base: int, channel_count: int) -> None:
        """Add the sensor of section `number`; its channels begin at index `base` of a row."""
        mask = (1 << channel_count) - 1 << base
        self._fifos.append((number, label, Fifo(sensor), mask))

    def take(self, node) -> None:
        """Read the sensors that are due, and let the node keep their rows."""
        state = node.stage.state

        ticks = node.ticks
        for number, label, fifo, mask in self._fifos:
            if fifo.last_ms is None:
                fifo.last_ms = state.fast_last_ms
            if ticks() < fifo.due:
                continue
            try:
                found = fifo.samples(ticks)
                withheld = []
            except Exception as error:
                found = []
                withheld = [error]
                state.sensor_errors += 1
            # A sensor that is still settling returns no samples.
            if withheld or (found and self._failing):
                from wherry.sampling import failures

                failures.count(self._failing, (number, label), withheld, self._say)
            if fifo.lost:
                self._say("sensor %d (%s): %d samples lost" % (number, label, fifo.lost))
                state.sensor_errors += fifo.lost
                fifo.lost = 0
            if found:
                _keep(node, self._stamped(node.clock, fifo, mask, found))
        self.due = min([each[2].due for each in self._fifos])

    def wait(self, node, ms: int) -> None:
        """Wait, and read the sensors that become due meanwhile."""
        end = node.ticks() + ms
        left = ms
        while left > 0:
            node.ports.wait_ms(min(left, max(0, self.due - node.ticks())))
            if node.ticks() >= self.due:
                self.take(node)
            left = end - node.ticks()

    def _stamped(self, clock, fifo, mask, found):
        """Return the rows as Queue.append takes them.

        They are in order among themselves; rows of other channels may have later stamps.
        """
        rows = []
        for taken, values in found:
            stamp = clock.stamp(taken, True, fifo.last_ms)
            fifo.last_ms = newest_ms(stamp, fifo.last_ms)
            rows.append(stamp + (mask, values))
        clock.state.fast_last_ms = max(clock.state.fast_last_ms, fifo.last_ms)
        return rows


def _keep(node, rows):
    """Make the rows durable immediately; if a flash write fails, the rest go to the stage."""
    queue, stage, say = node.queue, node.stage, node.ports.say
    kept = 0
    try:
        node.drain_stage()
        first = queue.next_row
        try:
            queue.extend(rows)
        finally:
            kept = queue.next_row - first
            if kept:
                numbers = (first, first + kept - 1, _reading_count(rows[:kept]))
                say("rows %d to %d: %d readings" % numbers)
    except OSError as error:
        waiting = 0
        for row in rows[kept:]:
            if not stage.append(queue.next_row + stage.count, *row):
                break
            waiting += 1
        lost = _reading_count(rows[kept + waiting :])
        say(
            "flash write failed, %d rows kept in RTC memory, %d readings lost: %s"
            % (waiting, lost, error)
        )
        queue.readings += lost
        for upload in node.uploads:
            upload.ledger.dropped += lost


def _reading_count(rows):
    return sum([len(row[-1]) for row in rows])
