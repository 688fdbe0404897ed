"""Deploying over a serial port: the virtual board's pty, driven as a real board is."""

import os

import pytest
from support.boards.small_slots import version
from wherry_host.errors import DeployError
from wherry_host.install import deploy
from wherry_host.install.slots import install
from wherry_host.install.target_image import ImageTarget
from wherry_host.install.target_port import PortTarget
from wherry_host.virtual.board import VirtualBoard

SIZE = 512 << 10


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    with VirtualBoard(tmp_path_factory.mktemp("board"), flash_size=SIZE) as running:
        yield running


def test_versions_over_the_port(board):
    progress = []
    done = deploy.to_port(version("one"), board.port, lambda *sizes: progress.append(sizes))
    assert (done.slot, done.on_trial) == ("a.app", False)
    assert progress[-1] == (done.size, done.size) and len(progress) > 3
    board.wait_line(r"this is one \['a.app'\]")
    seen = len(board.lines)
    # The application runs now: the second deploy has to interrupt it.
    done = deploy.to_port(version("two", 30_000), board.port)
    assert (done.slot, done.on_trial) == ("b.app", True)
    board.wait_line(r"this is two \['a.app', 'b.app', '0'\]", since=seen)
    with PortTarget(board.port) as target:
        assert target.read("/slot") == b"a.app b.app 1"
        assert target.read("/b.app") == version("two", 30_000).slot()
        assert target.read("/nothing") is None and target.digest("/nothing") is None
        assert target.mac() == board.options.mac


def test_an_interrupted_transfer_continues(tmp_path):
    def pull(done, total):
        if done > 45_000:
            # The board restarts and prints none of the expected lines.
            target.wait(0.2)
            board.kill()

    with VirtualBoard(tmp_path, flash_size=SIZE) as board:
        plan = version("large", 60_000)
        with (
            PortTarget(board.port) as target,
            pytest.raises(DeployError, match=r"the board stopped answering \("),
        ):
            install(plan.slot(), plan.loader, target, pull)
        done = deploy.to_port(plan, board.port)
        assert 10_000 < done.written < done.size - 20_000, done
        board.wait_line("this is large")


def test_the_ways_a_port_fails(board):
    with PortTarget(board.port) as target:
        with pytest.raises(DeployError, match="is busy: close the terminal"):
            PortTarget(board.port)
        with pytest.raises(DeployError, match="the board is full"):
            target.write("/big", bytes(SIZE))
        target.remove("/big")
        with pytest.raises(DeployError, match=r"the board reports OSError: \[Errno 2\]"):
            target.remove("/nothing")


def test_for_a_silent_port_a_reset_is_requested_once():
    ours, theirs = os.openpty()
    name, shown = os.ttyname(theirs), []
    try:
        with pytest.raises(DeployError, match="does not answer: if it sleeps, try again"):
            PortTarget(name, wait_s=0)
        with pytest.raises(DeployError, match="does not answer"):
            PortTarget(name, wait_s=2, show=shown.append)
    finally:
        os.close(ours)
        os.close(theirs)
    assert shown == [f"waiting for the board at {name}: press RESET (EN) if it sleeps"]


def test_a_board_that_disappears_is_reported(tmp_path):
    with VirtualBoard(tmp_path, flash_size=SIZE) as board, PortTarget(board.port) as target:
        board.stop()
        with pytest.raises(DeployError, match="the board stopped answering"):
            target.free_size()
    with ImageTarget(board.flash, SIZE) as target:
        assert target.read("/slot") is None
