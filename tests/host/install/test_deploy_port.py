"""Deploying over a serial port: the virtual board's pty, driven as a real board is."""

import os
import pty
import threading
import time

import pytest
from support.boards.small_slots import version
from wherry_host.errors import DeployError
from wherry_host.install import deploy
from wherry_host.install.slots import install
from wherry_host.install.target_image import ImageTarget
from wherry_host.install.target_port import PortTarget, Transport
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


def test_a_version_that_does_not_fit_leaves_the_old_one_running(board):
    deploy.to_port(version("small"), board.port)
    seen = len(board.lines)
    with pytest.raises(DeployError, match="the board is full"):
        deploy.to_port(version("large", SIZE), board.port)
    board.wait_line("this is (small|two|one)", since=seen)


def test_a_board_with_a_ring_accepts_a_version_with_a_ring(tmp_path):
    with VirtualBoard(tmp_path, flash_size=SIZE, wlog_size=0x10000) as board:
        with pytest.raises(
            DeployError, match=r"has a ring of 64 KB for readings, .* expects no ring"
        ):
            deploy.to_port(version("plain"), board.port)
        deploy.to_port(version("ringed", ring_size=0x10000), board.port)
        board.wait_line("this is ringed")


def test_the_first_error_is_reported(tmp_path):
    def lose_file(done, total):
        # The next part cannot be written, and then the file cannot be closed.
        target._exec("_file = None")

    with (
        VirtualBoard(tmp_path, flash_size=SIZE) as board,
        PortTarget(board.port) as target,
        pytest.raises(DeployError, match="has no attribute 'write'"),
    ):
        target.write("/x", bytes(9000), lose_file)


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


def test_a_board_that_was_silent_for_too_long_is_restarted(board):
    deploy.to_port(version("patient"), board.port)
    since = len(board.lines)
    with PortTarget(board.port) as target:
        target.wait(0.5)
        with pytest.raises(DeployError, match=r"the board stopped answering \("):
            target._exec("import time; time.sleep(3)")
        target.wait(60)
        target.restart()
    board.wait_line("this is (patient|small|two|one)", since=since)


def test_a_board_that_disappears_is_reported(tmp_path):
    with VirtualBoard(tmp_path, flash_size=SIZE) as board, PortTarget(board.port) as target:
        board.stop()
        with pytest.raises(DeployError, match="the board stopped answering"):
            target.free_size()
    with ImageTarget(board.flash, SIZE) as target:
        assert target.read("/slot") is None


def test_a_board_that_is_never_silent_is_interrupted_again():
    main, terminal = pty.openpty()
    ended = threading.Event()

    def talk():
        while not ended.wait(0.05):
            os.write(main, b"row 1: 4 readings\r\n")

    talking = threading.Thread(target=talk)
    talking.start()
    transport = Transport(os.ttyname(terminal))
    begin_s = time.monotonic()
    heard = transport.heard(b">>> ", 0.5)
    ended.set()
    talking.join()
    transport.close()
    assert heard.startswith(b"row 1") and time.monotonic() - begin_s >= 1
