"""The queue of a node over a month without a network, on its board's flash image.

    micropython chip_wakes.py CODE IMAGE FOLDER READ_SIZE < SETUP

CODE has compiled firmware/ and lib/. SETUP is JSON: {"node", "channels", "own_count", "board"} as
recovery.py takes them; "fill", the part of the free space to be filled, where 1 means up to 85 %
in use; and "drained_frames", the number of frames that are queued after everything was delivered.
Each wake mounts the littlefs, recovers the queue as recovery.py does after a deep sleep,
and queues a row; if a frame moves, the flash operations until the row was durable are counted. The
script ends when "fill" is reached or the queue thins or drops. FOLDER gets images of the flash:
half, full, drained, and worst, two frames before the costliest wake. Prints JSON: {"moves":
[[kind, frame, reads, bytes], ...], "rows": of a frame, "marks": {image: frame}, "size_max",
"used"}; kind is "filling" or "drained". If the fifth argument is `fill`, the queue is only filled,
without counting, and the image is called filled.
"""

import json
import sys

from ram_flash import FILL_LIMIT, CountingFlash

ROOT = "/flash/data"
LABEL = "harbor"
SLEEP_MS = 60_000
_LOOK_AFTER = 32


class Chip:
    """The part of chip.py, rtc.py and machine that firmware/boot/recovery.py uses."""

    HARD_RESET, WDT_RESET, DEEPSLEEP_RESET = 2, 3, 4

    def __init__(self):
        self.memory = bytearray(2048)
        self.now_ms = 848_000_000_000

    def rtc_memory(self):
        return self.memory, lambda: None

    def rtc_ms(self):
        return self.now_ms

    def reset_cause(self):
        return self.DEEPSLEEP_RESET

    def mark(self, buffer):
        """Return True: the last run ended in a sleep."""
        return bytes(4)


class Board:
    """A flash in RAM, with the node's actions in a wake."""

    def __init__(self, path, read_size, setup):
        self.flash = Flash(path)
        self.chip = sys.modules["chip"]
        self.mounting = {"readsize": read_size, "progsize": 32, "lookahead": 32}
        self.node, self.data = setup["node"], setup["board"]
        self.form = [tuple(channel) for channel in setup["channels"]], setup["own_count"]
        self.fill, self.drained_frames = setup["fill"], setup["drained_frames"]
        self.count = self.drops = 0
        self.queue = None

    def wake(self):
        """Mount and recover, with the counts starting at zero."""
        import recovery

        self.sleep()
        self.chip.now_ms += SLEEP_MS
        self.flash.reset()
        vfs.mount(vfs.VfsLfs2(self.flash, **self.mounting), "/flash")
        self.stage, self.clock, self.queue, _ = recovery.recover(
            ROOT, self.node, *self.form, self.data, self.feed
        )
        self.queue.on_drop = self._drop

    def feed(self):
        """Feed the watchdog, which this board lacks."""

    def sleep(self):
        """Keep only the flash and RTC memory."""
        if self.queue:
            self.queue = None
            vfs.umount("/flash")

    def row(self):
        """Queue a row; return True if this moved a frame."""
        i = self.count
        self.count += 1
        moves = self.queue.moves
        # The values differ so much that about ten rows fill a frame.
        values = i * 7919 % 16_381, i * 5417 % 16_363, i * 3571 % 16_369
        self.queue.append(0, 0, self.chip.now_ms // 1000 + i, 0, 7, values)
        moved = self.queue.moves - moves
        state = self.stage.state
        state.next_row, state.readings, state.schema = self.queue.hint()
        state.saved_ticks = self.clock.ticks(self.chip.now_ms)
        self.stage.save()
        return bool(moved)

    def _drop(self, end, settled):
        self.drops += 1
        self.queue.ledger(LABEL).drop(end, settled)
        return True

    def limit(self):
        """Return the share of blocks at which filling from the current state ends."""
        used = self.used()
        return used + (FILL_LIMIT - used) * self.fill

    def is_thinning(self):
        """Return True if the queue is thinning."""
        return self.drops or self.queue.is_thinning

    def used(self):
        """Return the share of the filesystem's blocks that is in use."""
        stat = os.statvfs("/flash")
        return 1 - stat[3] / stat[2]


class Flash(CountingFlash):
    """A counting flash that starts with an image."""

    def __init__(self, path):
        super().__init__()
        with open(path, "rb") as file:
            file.readinto(self._view)

    def copy(self):
        """Return all bytes."""
        return bytes(self._view)


class Month:
    """The wakes of a board, one frame after another."""

    def __init__(self, board, folder):
        self.board, self.folder = board, folder
        self.moves, self.frame, self.rows = [], 0, 0
        self.worst = 0
        self.images = []
        self.marks = {"empty": 0}

    def next_frame(self, kind):
        """Continue until a frame has moved."""
        board = self.board
        # The images before each of the last three frames; `worst` is the image two frames before
        # the costliest wake.
        self.images = self.images[-2:] + [board.flash.copy()]
        count = 0
        while True:
            # Only wakes that may move the frame are counted.
            fresh = count >= self.rows - 1
            if fresh:
                board.wake()
            count += 1
            if board.row():
                break
        if fresh:
            self._note(kind)
        self.rows = count
        self.frame += 1

    def _note(self, kind):
        flash = self.board.flash
        self.moves.append((kind, self.frame, flash.reads, flash.read_size))
        if flash.reads > self.worst:
            self.worst = flash.reads
            self.save("worst", self.images[0])

    def save(self, name, content=None):
        """Write an image of the flash."""
        self.marks[name] = self.frame
        with open("%s/%s.img" % (self.folder, name), "wb") as file:
            file.write(content or self.board.flash.copy())


def month(board, folder):
    """Fill the queue, drain it, and queue some more."""
    run = Month(board, folder)
    board.wake()
    used, limit = board.used(), board.limit()
    half = (used + limit) / 2
    # Counting the used blocks takes longer than a frame.
    while used < limit and not board.is_thinning():
        run.next_frame("filling")
        if run.frame % _LOOK_AFTER == 0:
            before, used = used, board.used()
            if before < half <= used:
                run.save("half")
    size_max = board.queue.size_max
    run.save("full")
    board.wake()
    drain(board)
    run.save("drained")
    for _ in range(board.drained_frames):
        run.next_frame("drained")
    found = {"moves": run.moves, "rows": run.rows, "marks": run.marks}
    return dict(found, size_max=size_max, used=used)


def filled(board, folder):
    """Only fill the queue, without counting."""
    board.wake()
    limit = board.limit()
    while board.used() < limit and not board.is_thinning():
        for _ in range(500):
            board.row()
    size_max, used = board.queue.size_max, board.used()
    board.sleep()
    Month(board, folder).save("filled")
    return {"size_max": size_max, "used": used}


def drain(board):
    """Let all rows be delivered."""
    ledger = board.queue.ledger(LABEL)
    ledger.row, ledger.channel = board.queue.next_row, 0
    ledger.delivered += board.queue.readings - ledger.settled()
    ledger.save()


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    sys.modules["chip"] = sys.modules["rtc"] = sys.modules["machine"] = Chip()
    import os

    import vfs

    made = Board(sys.argv[2], int(sys.argv[4]), json.loads(sys.stdin.read()))
    todo = filled if "fill" in sys.argv[5:] else month
    print(json.dumps(todo(made, sys.argv[3])))
