"""A node's life on a virtual board: crashes, power cuts and deep sleeps at random moments."""

import random
from dataclasses import asdict

from support.boards.spine import Spine
from wherry_host.config.boards import VIRTUAL

SCALE = 20
FALL_MV_PER_S = 50
# One fewer than a node allows, because the last power-on is added.
_POWER_ONS_MAX = 2
BATTERY = {
    "kind": "battery", "pin": 34, "mv": 900_000, "fall_mv_per_day": FALL_MV_PER_S * 86_400,
}  # fmt: skip
FAULTS = (
    {"kind": "status", "status": 500, "probability": 0.5},
    {"kind": "drop", "probability": 0.5},
    {"kind": "cut", "after_size": 1200, "probability": 0.5},
    {"kind": "stall", "after_size": 1500, "probability": 0.5},
    {"kind": "silence", "probability": 0.5},
    {"kind": "refuse"},
)


class Life:
    """One node whose life is ended repeatedly; all random choices come from the seed."""

    def __init__(self, spine, seed, on_battery):
        self.spine, self.board = spine, spine.board
        self.chance = random.Random(seed)
        self._on_battery = on_battery
        self._power_ons = self._powered_at = 0

    def disturb(self):
        """Restore the network, and in half of the calls disturb it again."""
        service, kind = self.spine.service, self.chance.randrange(8)
        self.mend()
        if kind == 0:
            self.board.wifi(up=False)
        elif kind == 1:
            self.board.wifi(uplink=False)
        elif kind == 2:
            service.sntp_server.switches.dead = True
        elif kind == 3:
            service.set_faults(self.chance.choice(FAULTS))

    def mend(self):
        """Restore the network."""
        self.board.wifi(up=True, uplink=True)
        self.spine.service.sntp_server.switches.dead = False
        self.spine.service.set_faults()

    def strike(self, kind):
        """End the program at a random moment, soon after the last time or much later."""
        if self.chance.random() < 0.2:
            self.disturb()
        if self._on_battery and kind != "kill":
            self._let_sleep()
        self.spine.clock.sleep(self.chance.choice((0.2, 3, 6)) * self.chance.random())
        since = self.spine.mark()
        if kind == "write":
            events = len(self.board.events)
            self.board.cut_at_write(self.chance.randint(1, 20))
            self.board.wait_event("cut", since=events)
        else:
            getattr(self.board, kind)()
        if kind != "kill":
            self._powered_at = len(self.board.events)
            self.board.power_on()
        if self.chance.random() < 0.7:
            self.spine.wait("row ", since=since)  # The next boot samples again.

    def _let_sleep(self):
        """Let a turn end sometimes, because a node waits after three power-ons without one."""
        self._power_ons += 1
        if self._power_ons > _POWER_ONS_MAX:
            self.board.wait_event("sleep", since=self._powered_at)
            self._power_ons = 1

    def count(self, event):
        """Return how often the board reported an event."""
        return sum(entry["event"] == event for entry in self.board.events)


def live_through(folder, seed, kills=0, cuts=0, sleeps=0, writes=0, board_name=VIRTUAL):
    """End a life as often as the arguments say; check the account and return its counts."""
    strikes = ["kill"] * kills + ["cut"] * cuts + ["write"] * writes
    source = "battery" if sleeps else "mains"
    # A turn takes seconds at this speed, more on a busy computer; a node on battery sleeps only
    # if its turn is shorter than its period.
    times = ("6 s", "24 s") if sleeps else ("1 s", "4 s")
    node = dict(zip(("sample_every", "send_every"), times, strict=True))
    changes = {
        "node": node | {"queue_coding": ("varint", "rice")[seed & 1]},
        "power": {"source": source},
        "sensor": [{"driver": "battery"}],
    }
    board = {"devices": [BATTERY], "seed": seed}
    options = {"server": {"seed": seed}, "board": board, "board_name": board_name}
    with Spine(folder, SCALE, changes, **options) as spine:
        life = Life(spine.start(), seed, source == "battery")
        life.chance.shuffle(strikes)
        for kind in strikes:
            life.strike(kind)
        while life.count("sleep") < sleeps:
            spine.board.wait_event("sleep", since=len(spine.board.events))
        life.mend()
        life.board.cut()
        life.board.power_on()
        last_row = max(row for _, row, _ in spine.rows())
        spine.drained()
        counts = check_life(spine, last_row)
        counts.update(kills=kills, cuts=cuts, writes=writes, sleeps=sleeps, seed=seed)
    return counts


def check_life(spine, last_row):
    """Settle the account and return its counts; expect that no row up to `last_row` waits."""
    account = spine.judged()
    flash = account.case.final
    assert account.counts.delivered and flash.ledger_of("harbor")[:2] > (last_row, 0)
    rows = len({reading.row for reading in flash.readings})
    return asdict(account.counts) | {"rows": rows, "copies": spine.copies()}
