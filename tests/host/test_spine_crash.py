"""Crashes, power cuts and deep sleeps at random moments of a node's life, under a random network.

The battery's model falls so fast that its voltage tells when it was read: the same measurement
under two stamps, or a stamp on the wrong row, cannot hide. The seed chooses the ends and the
network; at which instruction an end strikes is the computer's own chance. tests/soak.py runs
`live_through` with other seeds.
"""

import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor

import pytest
from flash_account import check_account
from spine import Spine
from wherry.sensors.battery import trimmed_mean
from wherry_host.boards import VIRTUAL
from wherry_host.owner.kept import read_kept

SEED = 20261120
SCALE = 20
FALL_MV_PER_S = 50
SAMPLES = 8
# What the firmware's divider arithmetic and the model's rounding may take from a voltage.
VALUE_ERROR_MV = 2
# 50 ms of this computer, in true time.
STAMP_ERROR_US = 50_000 * SCALE
ENDS = ("cut", "reset", "crash", "sleep")
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
    """One node whose life is shortened again and again; all chance is that of the seed."""

    def __init__(self, spine, seed):
        self.spine, self.board = spine, spine.board
        self.chance = random.Random(seed)

    def disturb(self):
        """Change the network; half of the time all is well."""
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
        """Let the network be as it should."""
        self.board.wifi(up=True, uplink=True)
        self.spine.service.sntp_server.switches.dead = False
        self.spine.service.set_faults()

    def strike(self, kind):
        """End the program at a random moment, soon after the last time or much later."""
        if self.chance.random() < 0.2:
            self.disturb()
        self.spine.clock.sleep(self.chance.choice((0.2, 3, 6)) * self.chance.random())
        since = self.spine.mark()
        if kind == "write":
            events = len(self.board.events)
            self.board.cut_at_write(self.chance.randint(1, 20))
            self.board.wait_event("cut", since=events)
        else:
            getattr(self.board, kind)()
        if kind != "kill":
            self.board.power_on()
        if self.chance.random() < 0.7:
            self.spine.wait("row ", since=since)  # The next boot samples again.

    def count(self, event):
        """Return how often the board told of an event."""
        return sum(entry["event"] == event for entry in self.board.events)


def live_through(folder, seed, kills=0, cuts=0, sleeps=0, writes=0, board_name=VIRTUAL):
    """Live so many ends, check the account and return its counts."""
    strikes = ["kill"] * kills + ["cut"] * cuts + ["write"] * writes
    source = "battery" if sleeps else "mains"
    # A send takes seconds at this speed: on battery a node that sends at each row never sleeps.
    times = ("2 s", "8 s") if sleeps else ("1 s", "4 s")
    node = dict(zip(("sample_every", "send_every"), times, strict=True))
    changes = {
        "node": node | {"queue_coding": ("varint", "rice")[seed & 1]},
        "power": {"source": source},
        "sensor": [{"driver": "battery"}],
    }
    board = {"devices": [BATTERY], "seed": seed}
    options = {"server": {"seed": seed}, "board": board, "board_name": board_name}
    with Spine(folder, SCALE, changes, **options) as spine:
        life = Life(spine.start(), seed)
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
        life.board.cut()
        counts = check_life(spine, last_row)
        counts.update(kills=kills, cuts=cuts, writes=writes, sleeps=sleeps, seed=seed)
    return counts


def check_life(spine, last_row):
    """Settle the account; what was set aside was never dated, each row is one measurement.

    Nothing waits up to `last_row`.
    """
    counts = check_account(spine)
    kept = read_kept(spine.board.flash)
    assert counts["delivered"] and kept.of("harbor").cursor > (last_row, 0)
    undated = {(each.row, each.channel) for each in kept.readings if each.stamp_us is None}
    aside = {(each.row, each.channel) for each in kept.of("harbor").set_aside}
    assert aside <= undated and len(undated - aside) == counts["dropped"]
    ends_us = [each["time_us"] for each in spine.board.events if each["event"] in ENDS]
    measured = bursts(spine.board.truth, ends_us)
    rows = [each for each in kept.readings if each.channel == "battery_voltage"]
    counts["cut_short"] = match(rows, measured, ends_us, spine)
    check_boots(spine, int.from_bytes(spine.files("data/boot")[""][:4], "little"))
    return counts


def bursts(truth, ends_us):
    """Return [(first us, last us, [mV])] of the samples that belong to one reading."""
    found = []
    ends = iter([*sorted(ends_us), float("inf")])
    end_us = next(ends)
    fresh = True
    for entry in truth:
        while entry["time_us"] > end_us:
            end_us, fresh = next(ends), True
        if fresh or len(found[-1][2]) == SAMPLES:
            found.append([entry["time_us"], 0, []])
            fresh = False
        found[-1][1] = entry["time_us"]
        found[-1][2].append(entry["value"])
    return found


def match(rows, measured, ends_us, spine):
    """Pair rows with measurements in their order; return how many measurements have no row.

    Such a one must have been caught by an end of the program.
    """
    at = cut_short = 0
    for row in rows:
        while not is_of(row, measured[at]):
            check_caught(measured, at, ends_us)
            at, cut_short = at + 1, cut_short + 1
            assert at < len(measured), ("a row that nothing was measured for", row)
        if row.stamp_us is not None:
            first_us, last_us, _ = measured[at]
            # The middle of the measurement, in which the board may stand still alone.
            error_us = row.stamp_us - (first_us + last_us) // 2
            lost_us = spine.stalls.around(first_us)
            lost_us += spine.lost_us(min(row.stamp_us, first_us), max(row.stamp_us, last_us))
            assert abs(error_us) < STAMP_ERROR_US + lost_us, (row, error_us, lost_us)
        at += 1
    for late in range(at, len(measured)):
        check_caught(measured, late, ends_us)
    return cut_short + len(measured) - at


def is_of(row, burst):
    samples = burst[2]
    if len(samples) < SAMPLES:
        return False
    return abs(row.value * 1000 - trimmed_mean(samples)) <= VALUE_ERROR_MV


def check_caught(measured, at, ends_us):
    later_us = measured[at + 1][0] if at + 1 < len(measured) else float("inf")
    caught = any(measured[at][1] <= end_us <= later_us for end_us in ends_us)
    assert caught, ("a measurement is in no row", measured[at])


def check_boots(spine, counted):
    """A power cycle that kept a row is counted; none is twice, but where its start was caught."""
    least = most = 0
    alive = False
    told = [(entry["time_us"], entry["event"]) for entry in spine.board.events]
    told += [(time_us, "row") for time_us, _, _ in spine.rows()]
    for _, event in sorted(told):
        if event == "cut":
            alive = False
        elif event == "boot" and not alive:
            most += 1
        elif event == "row" and not alive:
            least, alive = least + 1, True
    assert least <= counted <= most, (least, counted, most)


LIVES = {
    "sleeps": {"kills": 50, "cuts": 50, "sleeps": 100},
    "mains": {"kills": 50, "cuts": 50},
    "writes": {"writes": 50},
}


@pytest.fixture(scope="module")
def lives(tmp_path_factory):
    """Live all lives at the same time: a node waits for most of its life.

    Each with a process of its own, as threads of one would wait for each other.
    """
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        folders = {name: tmp_path_factory.mktemp(name) for name in LIVES}
        yield {
            name: pool.submit(live_through, folders[name], SEED, **ends)
            for name, ends in LIVES.items()
        }


@pytest.mark.parametrize("name", LIVES)
def test_no_row_is_lost_and_none_is_stored_twice(lives, name):
    counts = lives[name].result()
    print(counts)
    assert counts.items() >= LIVES[name].items()
