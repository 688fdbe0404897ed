"""`wherry deploy` on a virtual board's port follows the real firmware to a delivery or a fault.

The board runs ten times as fast as the computer. Every case ends with an event of the node; the
only time limit is the command's own 3 minutes.
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest
from support.boards.spine import check_console
from typer.testing import CliRunner
from wherry_host.cli.commands import app
from wherry_host.config.boards import VIRTUAL
from wherry_host.demo.rig import Rig
from wherry_host.errors import DeployError
from wherry_host.install.deploy import to_target
from wherry_host.install.following import follow
from wherry_host.install.node_port import NodePort
from wherry_host.virtual.options import ACCESS_POINT

SSID, PASSWORD = ACCESS_POINT["ssid"], "hush of the harbour"
POINTS = {"access_points": [{**ACCESS_POINT, "password": PASSWORD}]}
FOLLOWING = "Following the node to its first delivery"


@contextmanager
def rig_with(folder, changes=None):
    """Yield a Rig whose board is on and blank."""
    config = {"wifi": [{"ssid": SSID, "password": PASSWORD}], **(changes or {})}
    with Rig(folder, config=config, scale=10, board=POINTS) as rig:
        rig.board.start()
        yield rig
        check_console(rig.board.console)


def arguments(rig, *more):
    config = str(rig.folder / "node.toml")
    return ["deploy", rig.board.port, "--config", config, "--board", VIRTUAL, *more]


def deployed(rig, *more):
    """Deploy as a person does; return (exit code, standard output, standard error)."""
    result = CliRunner().invoke(app, arguments(rig, *more))
    check_console(result.output.encode())
    return result.exit_code, result.stdout, result.stderr


def test_a_right_configuration_ends_with_the_first_delivery(tmp_path):
    with rig_with(tmp_path) as rig:
        code, out, err = deployed(rig)
        assert (code, err) == (0, "") and "bytes sent; a.app starts.\n" in out
        lines = out.splitlines()
        assert lines[-1].startswith("The node delivers: harbor has ")
        assert "harbor: delivered " in lines[-2] and lines[1].startswith(FOLLOWING)
        # The same version again is not sent, and not read completely.
        code, out, err = deployed(rig)
        assert (code, err) == (0, "")
        assert out.startswith("The board has this version already (a.app); it restarts.\n")
        assert out.splitlines()[-1].startswith("The node delivers: harbor has ")


def test_a_wrong_password_is_exit_code_1(tmp_path):
    changes = {"wifi": [{"ssid": SSID, "password": "another one"}]}
    with rig_with(tmp_path, changes) as rig:
        code, out, err = deployed(rig)
        said = f"Wi-Fi: {SSID}: wrong password, or a weak signal (status 202)"
        assert code == 1 and f"{said}; next try in " in out
        assert said in err.splitlines()[0] and "Traceback" not in err
        assert "Correct `password` in [[wifi]] and deploy again" in err


def test_a_node_on_battery_is_awake_while_it_is_followed(tmp_path):
    changes = {
        "node": {"name": "demo", "sample_every": "2 s", "send_every": "6 s"},
        "power": {"source": "battery"},
    }
    with rig_with(tmp_path, changes) as rig:
        # The first upload, right after the restart, fails with gzip and without. Normally the node
        # would then sleep.
        rig.service.set_faults({"kind": "status", "status": 502, "times": 2})
        code, out, err = deployed(rig)
        assert (code, err) == (0, "") and "harbor: HTTP 502; next try in " in out
        assert out.splitlines()[-1].startswith("The node delivers: harbor has ")
        assert not [event for event in rig.board.events if event["event"] == "sleep"]


def test_a_new_version_that_fails_is_exit_code_1(tmp_path):
    with rig_with(tmp_path) as rig:
        assert deployed(rig, "--no-follow")[0] == 0
        rig.board.wait_line("row 0")
        plan = rig.plan()
        broken = replace(plan, files={**plan.files, "app.mpy": b"no mpy"})
        with NodePort(rig.board.port) as target:
            done = to_target(broken, target)
            with pytest.raises(DeployError, match="The new version failed three times"):
                follow(target.lines(), print, False, done.on_trial)


def test_ctrl_c_only_ends_the_following(tmp_path):
    with rig_with(tmp_path) as rig:
        rig.board.wifi(up=False)
        command = [sys.executable, "-u", "-m", "wherry_host.cli", *arguments(rig)]
        with subprocess.Popen(
            ["env", "--default-signal=INT", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as process:
            while "row 0: " not in (line := process.stdout.readline()):
                assert line, process.stderr.read()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
        since = len(rig.board.lines)
        assert (process.returncode, err) == (0, "")
        assert out.endswith("wherry stops following here; the node continues to run.\n")
        rig.board.wait_line("row ", since=since)
        assert not [event for event in rig.board.events if event["event"] == "crash"]


def test_a_port_that_vanishes_is_opened_again(tmp_path):
    port = tmp_path / "ttyACM0"
    with rig_with(tmp_path) as rig:
        assert deployed(rig, "--no-follow")[0] == 0
        os.symlink(rig.board.port, port)
        with NodePort(str(port)) as target:
            target.restart()
            lines = target.lines()
            while "row " not in next(lines):
                pass
            # The chip sleeps: its USB port is gone, and comes back as another device.
            target._close()
            port.unlink()
            assert [next(lines), next(lines)] == ["", ""]
            os.symlink(rig.board.port, port)
            while "row " not in next(lines):
                pass
