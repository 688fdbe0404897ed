"""An uplink that counts thinned readings."""

from wherry import small_file

NOW_S, DAY_S = 848_000_000, 86_400


class Upload:
    def __init__(self, queue, row, denied_s=0, settings=None):
        small_file.make_folder(queue.root + "/cursors")
        self.name, self.settings = "a", settings or {}
        self.ledger = queue.ledger("a")
        self.ledger.row, self.ledger.denied_s = row, denied_s
