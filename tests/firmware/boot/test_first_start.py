"""The first ten minutes after `wherry deploy`: a node on battery stays awake, and retries."""

from contextlib import contextmanager

from support.boards.spine import check_console
from wherry_host.demo.rig import Rig
from wherry_host.install.deploy import to_target
from wherry_host.install.target_port import PortTarget

S = 1_000_000
AWAKE_S = 600
BATTERY = {
    "power": {"source": "battery"},
    "node": {"sample_every": "30 s", "send_every": "2 min"},
}


@contextmanager
def rig_with(folder, config):
    """Yield a Rig whose board is on and blank, twenty times as fast as this computer."""
    with Rig(folder, config=config, scale=20) as rig:
        rig.board.start()
        yield rig
        check_console(rig.board.console)


def deploy(rig):
    """Deploy as the command does; return the index of the first line after it."""
    with PortTarget(rig.board.port) as target:
        to_target(rig.plan(), target, is_watched=True)
    return len(rig.board.lines)


def test_a_node_on_battery_stays_awake_and_delivers_then_sleeps(tmp_path):
    with rig_with(tmp_path, BATTERY) as rig:
        deploy(rig)
        sleep = rig.board.wait_event("sleep", 120, since=len(rig.board.events))
        before = [each for each in rig.board.events if each["time_us"] <= sleep["time_us"]]
        boot = [each for each in before if each["event"] == "boot"][-1]
        awake_s = (sleep["time_us"] - boot["time_us"]) / S
        # The chip counts from its start, which is later than its event.
        assert AWAKE_S <= awake_s < AWAKE_S + 35
        reported = [each["text"] for each in before if each["event"] == "line"]
        assert sum("delivered" in text for text in reported) >= 4
        # The next start is a wake, and an ordinary one.
        woken = rig.board.wait_event("boot", since=len(before))
        sleep = rig.board.wait_event("sleep", since=rig.board.events.index(woken))
        assert sleep["time_us"] - woken["time_us"] < 30 * S


def test_the_first_failure_is_retried_soon_once(tmp_path):
    with rig_with(tmp_path, {"node": {"sample_every": "1 min", "send_every": "1 h"}}) as rig:
        rig.board.wifi(up=False)
        at = deploy(rig)
        rig.board.wait_line("just deployed: next try in 10 s", 60, at)
        rig.board.wait_line("next try in [0-9]{4} s", 60, at)
        rig.board.cut()
        # Another start, without a deploy.
        at = len(rig.board.lines)
        rig.board.power_on()
        rig.board.wait_line("row ", 60, at)
        rig.board.wait_line("next try in [0-9]{4} s", 120, at)
        assert not any("in 10 s" in text for _, text in rig.board.lines[at:])
