"""`wherry queue flush`, `replay`, `resend` and `cancel`, through a virtual board's port."""

import json

from support.boards.spine import Spine
from typer.testing import CliRunner
from wherry_host.cli.commands import app
from wherry_host.owner.orders import order_file

ODD_MV = 2344
ALWAYS = "--from", "2026-01-01T00:00:00Z", "--to", "2099-01-01T01:00:00+01:00"


def wherry(*words):
    """Run a command and return (exit code, output's lines, standard error)."""
    result = CliRunner().invoke(app, list(map(str, words)))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout.splitlines(), result.stderr


def ordered(spine, *words):
    """Give an order and return the lines printed after the lines of the upload itself."""
    code, lines, reported = wherry("queue", words[0], spine.board.port, *words[1:])
    assert (code, reported, lines[-1]) == (0, "", "done"), (code, lines, reported)
    return [line for line in lines[:-1] if not line.startswith("harbor: ")]


def test_replay_and_resend(tmp_path):
    with Spine(tmp_path, 4) as spine:
        spine.start().drained()
        spine.refuse_battery(ODD_MV)
        spine.drained()
        # The readings that the server has lost are restored unchanged, and nothing is stored
        # twice.
        before = spine.stored()
        assert spine.lose_points("rowid % 3 = 0") > 9
        (line,) = ordered(spine, "replay", *ALWAYS)
        assert line.startswith("replay-harbor: done, ") and line.endswith(" refused")
        after = spine.stored()
        assert {key: after[key][0] for key in before} == {k: v for k, (v, _) in before.items()}
        # The window has no row; the uplink is selected by its name.
        window = "--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z"
        assert ordered(spine, "replay", *window, "--uplink", "harbor") == [
            "replay-harbor: done, 0 sent again, 0 refused"
        ]
        aside = json.loads("\n".join(wherry("queue", "aside", spine.board.port, "--json")[1]))
        assert aside and {each["uplink"] for each in aside} == {"harbor"}
        # The reading is refused again, then accepted.
        assert ordered(spine, "resend") == [
            f"resend-harbor: done, 0 sent again, {len(aside)} refused"
        ]
        spine.service.set_faults()
        assert ordered(spine, "resend") == [
            f"resend-harbor: done, {len(aside)} sent again, 0 refused"
        ]
        spine.drained()
        counts = spine.settled()
        assert counts["set_aside"] == 0
        # A reset requested by a tool is not a crash.
        assert {value for (name, _), (value, _) in spine.stored().items()
                if name == "node_crashes"} == {0}  # fmt: skip


def test_a_flush_does_not_wait_and_orders_wait_for_the_server(tmp_path):
    with Spine(tmp_path, 4) as spine:
        spine.start().drained()
        spine.service.set_faults({"kind": "status", "status": 503})
        spine.wait(r"next try in [2-9]\d s")
        port = spine.board.port
        code, lines, reported = wherry("queue", "flush", port)
        assert code == 1 and lines == ["flush: all rows are in flash"]
        assert (
            reported.startswith("wherry: error: not sent: ")
            and "; the node tries again in " in reported
        )
        assert wherry("queue", "replay", port, *ALWAYS)[0] == 1
        stats = json.loads("\n".join(wherry("queue", "stats", port, "--json")[1]))
        (order,) = stats["orders"]
        assert (order["kind"], order["uplink"], order["sent"]) == ("replay", "harbor", 0)
        assert order["last"] == "2099-01-01T00:00:00Z"
        reported = "\n".join(wherry("queue", "stats", port)[1])
        assert "\norder       replay to harbor, 0 sent again so far:\n" in reported
        assert max(map(len, reported.splitlines())) <= 80
        code, lines, _ = wherry("queue", "cancel", port)
        assert (code, lines) == (1, ["replay-harbor: canceled"])
        spine.service.set_faults()
        assert ordered(spine, "flush") == ["flush: all rows are in flash"]


def test_wrong_orders_are_reported(tmp_path):
    with Spine(tmp_path, 10) as spine:
        spine.start().drained()
        port = spine.board.port
        code, _, reported = wherry("queue", "replay", port, *ALWAYS, "--uplink", "here")
        assert (code, reported) == (
            1,
            'wherry: error: --uplink: the node has no "here"; its uplinks: harbor\n',
        )
        spine.board.cut()
        # The file is damaged, or the tool ended before the file was complete.
        spine.put("data/orders/replay-harbor.new", order_file()[:-1])
        spine.put("data/orders/resend-harbor.tmp", order_file())
        spine.board.power_on()
        spine.wait("order: replay-harbor: damaged")
        spine.wait("orders: done")
