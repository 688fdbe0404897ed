"""The project's own lies."""

from support.account.lies import EVERY, LOST, QUEUE_ROW, lie

_KEPT_ROW = QUEUE_ROW + '        self.ports.say("row %d: %d readings" % (number, len(row[-1])))\n'
_NO_ORDERS = "    orders = None\n"
_SLOW = "        measuring = []\n"
_REQUEST = "        self.batch.learned_max = self.count_max\n"
_IS_TAKEN = "    # The usual success, without the reader of JSON.\n"

OWN_LIES = (
    lie(
        "the node samples a little less often",
        ("bme280 at", "sampled", "times in"),
        ("node.py", EVERY, 'self.sample_every_ms = node["sample_every_ms"] * 13 // 10'),
    ),
    lie(
        "the last values are kept again instead of reading",
        ("in flash", "nothing was measured"),
        (
            "sampling/sampler.py",
            _SLOW,
            "        if self.rows and begin // 1000 % 3 == 2:\n            return begin\n" + _SLOW,
        ),
    ),
    lie(
        "stamps are 2 s late",
        ("the stamp", "ms off"),
        ("time/clock.py", "return state.ref_ms + passed", "return state.ref_ms + 2000 + passed"),
    ),
    lie(
        "rows wait in the heap and are stored nine at a time",
        ("temperature at", LOST),
        (
            "node.py",
            _KEPT_ROW,
            "        self.heap.append(row)\n"
            "        if len(self.heap) >= 9 or len(row[5]) > 12:\n"
            "            for each in self.heap:\n"
            "                number = self.queue.append(*each)\n"
            '                self.ports.say("row %d: %d readings" % (number, len(each[5])))\n'
            "            self.heap.clear()\n",
        ),
        ("node.py", _NO_ORDERS, _NO_ORDERS + "    heap = []\n"),
    ),
    lie(
        "a reading is set aside that no server has refused",
        ("set aside, and the server has not refused it alone",),
        (
            "sending/upload.py",
            _REQUEST,
            "        if self.ledger.delivered > 30 and not self.ledger.set_aside:\n"
            "            from wherry.sending.refusal.set_aside import set_aside\n\n"
            '            set_aside(self, 422, "no")\n' + _REQUEST,
        ),
    ),
    lie(
        "a failing server is taken for one that has stored",
        ("is in flash, and the node has passed it",),
        (
            "uplinks/harbor/dialect.py",
            _IS_TAKEN,
            "    if response.status >= 429:\n"
            '        return verdict.DELIVERED, "HTTP 202"\n' + _IS_TAKEN,
        ),
    ),
    lie(
        "what waits is said to be none",
        ("node_waiting at", "the node says 0"),
        ("health.py", "        upload.waiting(),\n", "        0,\n"),
    ),
    lie(
        "boots are not counted",
        ("node_boots at", "the node says 1"),
        ("health.py", "        state.boot,\n", "        1,\n"),
    ),
    lie(
        "the signal is better than it is",
        ("node_rssi at", "the node says -40"),
        ("health.py", "node.link.rssi()", "-40"),
    ),
    lie(
        "the console says more than was delivered",
        ("the console says", "delivered, the server has"),
        ("delivery.py", "upload.name, sent, upload", "upload.name, sent + 1, upload"),
    ),
)
