"""Lies from reviews, most of which an account once accepted."""

from support.account.lies import EVERY, LOST, QUEUE_ROW, lie

_SORTED = "        found.sort()\n"
_KEEP = "            self._keep(ticks, stamp + row)\n"
_BEGIN = "        _begin(upload, failures)\n"
_DELIVERED = "        ledger.delivered += self.batch.count\n"
_BASE = "    base = len(node.queue.channels)"
_SCHEDULED = "    scheduled = node.has_own_due_times()\n"
_OWN_ROW = "        state.own_last_ms = node.keep(ticks, [row(node, ticks)], state.own_last_ms)\n"
_EXCHANGE = "        response = exchange(request)\n"
_EXCHANGE_AGAIN = "        response = exchange(upload.request())\n"

# One of four consecutive sensor rows; a row of health has more readings.
_EACH_FOURTH = "        if row[2] % 4 == 3 and len(row[5]) < 12:\n"

REVIEW_LIES = (
    lie(
        "a row is left out",
        ("temperature at", LOST),
        ("node.py", QUEUE_ROW, _EACH_FOURTH + "            return\n" + QUEUE_ROW),
    ),
    lie(
        "a row is left out and printed as kept",
        ("temperature at", LOST),
        (
            "node.py",
            QUEUE_ROW,
            _EACH_FOURTH + "            kept = self.queue.next_row, len(row[5])\n"
            '            self.ports.say("row %d: %d readings" % kept)\n'
            "            self.queue.next_row += 1\n"
            "            self.queue.readings += len(row[5])\n"
            "            return\n" + QUEUE_ROW,
        ),
    ),
    lie(
        "a lost row hides in a gap",
        ("temperature at", LOST),
        (
            "node.py",
            QUEUE_ROW,
            _EACH_FOURTH + "            from wherry.stage import gaps\n\n"
            "            after = 1, 0, 0xFFFFFFF0, 0\n"
            "            gaps.note(self.queue.root, self.queue.next_row, (1, 0, 0, 0), after)\n"
            "            return\n" + QUEUE_ROW,
        ),
    ),
    lie(
        "every fifth row lacks a reading",
        ("humidity at", LOST),
        (
            "sampling/sampler.py",
            _SORTED,
            _SORTED + "        if begin // 1000 % 5 == 4:\n"
            "            found = [each for each in found if each[0] != 1]\n",
        ),
    ),
    lie(
        "no row has the temperature",
        ("temperature at", LOST),
        (
            "sampling/sampler.py",
            _SORTED,
            _SORTED + "        found = [each for each in found if each[0]]\n",
        ),
    ),
    lie(
        "the cursor jumps over rows in flash",
        ("is in flash, and the node has passed it",),
        (
            "delivery.py",
            _BEGIN,
            _BEGIN + "        if upload.waiting() > 60:\n"
            "            upload.ledger.row += 5\n"
            "            upload.ledger.damaged += 30\n"
            "            upload.ledger.save()\n",
        ),
    ),
    lie(
        "twice as many are delivered as were",
        ("the ledger says", "delivered, the server has"),
        ("sending/upload.py", _DELIVERED, "        ledger.delivered += 2 * self.batch.count\n"),
    ),
    lie(
        "all that the node says of itself is 777",
        ("node_", "the node says 777"),
        ("health.py", _BASE, "    values = [777] * len(values)\n" + _BASE),
    ),
    lie(
        "a value is another one",
        ("the flash has", "was measured"),
        (
            "sampling/sampler.py",
            _SORTED,
            _SORTED + "        found = [(i, value // 100 * 100) for i, value in found]\n",
        ),
    ),
    lie(
        "a row is kept twice under two stamps",
        ("in flash", "nothing was measured"),
        (
            "node.py",
            _KEEP,
            _KEEP + "            if self.queue.next_row % 5 == 2:\n"
            "                self._keep(ticks, self.clock.stamp(ticks + 1, ms, last_ms) + row)\n",
        ),
    ),
    lie(
        "the node samples half as often",
        ("bme280 at", "sampled"),
        ("node.py", EVERY, 'self.sample_every_ms = 2 * node["sample_every_ms"]'),
    ),
    lie(
        "the node stops sending",
        ("harbor at", "nothing sent for", "readings wait"),
        (
            "delivery.py",
            _SCHEDULED,
            "    if begin > 30_000:\n        return\n" + _SCHEDULED,
        ),
    ),
    lie(
        "the node keeps no rows of its own",
        ("the node at", "no health row in the"),
        ("health.py", _OWN_ROW, "        state.own_last_ms = 0\n"),
    ),
    lie(
        "each batch is sent twice",
        ("came twice, and no answer to it was lost",),
        ("sending/step.py", _EXCHANGE, "        exchange(request)\n" + _EXCHANGE_AGAIN),
    ),
    lie(
        "more is said to wait",
        ("harbor at", "the console says", "waiting, the flash has"),
        ("delivery.py", "upload.waiting()))", "2 * upload.waiting() + 2))"),
    ),
)
