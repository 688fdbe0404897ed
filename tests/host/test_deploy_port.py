"""Deploying over a serial port: the virtual board's pty, driven as a real board is."""

import os
from dataclasses import replace

import pytest
from wherry_host import deploy
from wherry_host.deploy import Plan
from wherry_host.errors import DeployError
from wherry_host.target_image import ImageTarget
from wherry_host.target_port import PortTarget
from wherry_host.virtual.board import VirtualBoard

LOADER = b"""
with open("/slot") as file:
    slot = file.read()
import sys
sys.path.insert(0, "/" + slot)
import app
"""
APP = b"""
import time
print("this is", %r)
while True:
    time.sleep_ms(50)
"""
SIZE = 512 << 10


def version(text, **extra):
    """Return a plan whose application prints the text and runs until it is interrupted."""
    # Source stands in for .mpy: what is proven here is the way onto the board.
    files = {"app.mpy": b"mark", "app.py": APP % text, "wherry/sensors/__init__.mpy": b"", **extra}
    return Plan(files, LOADER, SIZE)


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    with VirtualBoard(tmp_path_factory.mktemp("board"), flash_size=SIZE) as running:
        yield running


def test_versions_over_the_port(board):
    told = []
    done = deploy.to_port(version("one"), board.port, lambda *sizes: told.append(sizes))
    assert (done.slot, done.on_trial) == ("a", False)
    assert told[-1][0] == told[-1][1] == done.size
    board.wait_line("this is one")
    seen = len(board.lines)
    # The application runs now: the second deploy has to interrupt it.
    noise = bytes(range(256)) * 40
    done = deploy.to_port(version("two", **{"ca/0.der": noise}), board.port)
    assert (done.slot, done.on_trial) == ("b", True)
    board.wait_line("this is two", since=seen)
    with PortTarget(board.port) as target:
        assert (target.read("/slot"), target.read("/trial")) == (b"b", b"0")
        assert target.read("/b/ca/0.der") == noise
        assert target.read("/nothing") is None


def test_a_version_that_does_not_fit_leaves_the_old_one_running(board):
    deploy.to_port(version("small"), board.port)
    seen = len(board.lines)
    with pytest.raises(DeployError, match="the board is full"):
        deploy.to_port(version("large", **{"large.mpy": bytes(SIZE)}), board.port)
    board.wait_line("this is (one|small)", since=seen)


def test_a_board_with_a_ring_takes_what_is_meant_for_it(tmp_path):
    with VirtualBoard(tmp_path, flash_size=SIZE, wlog_size=0x10000) as board:
        with pytest.raises(DeployError, match=r"has a ring of 64 KB for readings, .* has no ring"):
            deploy.to_port(version("plain"), board.port)
        deploy.to_port(replace(version("ringed"), ring_size=0x10000), board.port)
        board.wait_line("this is ringed")


def test_the_ways_a_port_fails(board):
    with PortTarget(board.port) as target:
        with pytest.raises(DeployError, match="is busy: close the terminal"):
            PortTarget(board.port)
        with pytest.raises(DeployError, match="the board is full"):
            target.write("/big", bytes(SIZE))
        target.remove("/big")
        with pytest.raises(DeployError, match=r"the board reports OSError: \[Errno 2\]"):
            target.remove("/nothing")


def test_a_silent_port_is_given_up():
    ours, theirs = os.openpty()
    try:
        with pytest.raises(DeployError, match="does not answer: if it sleeps, press its RESET"):
            PortTarget(os.ttyname(theirs), wait_s=0)
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_board_that_goes_away_is_told(tmp_path):
    with VirtualBoard(tmp_path, flash_size=SIZE) as board, PortTarget(board.port) as target:
        board.stop()
        with pytest.raises(DeployError, match="the board stopped answering"):
            target.free_size()
    with ImageTarget(board.flash, SIZE) as target:
        assert target.read("/slot") is None
