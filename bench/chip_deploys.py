"""The flash operations of a deployment on the chip, and its duration."""

from functools import partial
from itertools import pairwise

from wherry_host.config.boards import VIRTUAL, load, virtual_flash
from wherry_host.errors import ToolError
from wherry_host.install import deploy
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.image import Image

from bench.chip_boards import RUN_S
from bench.rows import row

_row = partial(row, digits=2)


def deploy_rows(bench):
    """Return {key: row} for deployments; `bench` is the Boards."""
    bench.month("once", "fill")
    empty = _worst_operation(bench, None)
    full = _worst_operation(bench, "filled")
    return {
        "deploy_reads_worst": _row(empty, "", 2000, 1000),
        "deploy_reads_worst_full": _row(full, "", 5000, 1000),
        "deploy_s_slow_flash": _row(_slow_deploy_s(bench), "s", 40, 20),
        "slot_blocks": _row(_slot_blocks(bench), "", 34, 28),
    }


def _worst_operation(bench, image):
    """Return the largest number of reads in one file operation of a deployment by the port."""
    plan = bench.plan("anew")
    # The deployment meets a node right after its start, when it is awake and looks for its server.
    with bench.board(image, ports=bench.ports(False)) as board:
        deploy.to_port(plan, board.port)
        board.wait_event("reset", RUN_S)
        events = board.events
        ends = [i for i, event in enumerate(events) if event["event"] in ("boot", "reset")]
        # The deployment's raw REPL begins with a soft reset and ends with a hard reset.
        begin, end = next(
            (i, j) for i, j in pairwise(ends)
            if (events[i].get("cause"), events[j]["event"]) == (5, "reset")
        )  # fmt: skip
        steps = [event for event in events[begin:end] if event["event"] == "step"]
    counts = [event["flash"]["reads"] for event in steps]
    worst, name = max(
        (now - then, f"{event['what']} {event['name']}")
        for then, now, event in zip(counts, counts[1:], steps[1:], strict=False)
    )
    print(f"chip: worst operation of a deploy ({image or 'empty'}): {name}, {worst} reads")
    return worst


def _slow_deploy_s(bench):
    """Return how long a deployment takes on a board as slow as a chip, or None if it fails."""
    folder = bench.folder / "slow"
    options = {"slow_flash": True, "paced_serial": True, **virtual_flash(VIRTUAL)}
    with VirtualBoard(folder, **options) as board:
        board.wait_line("MicroPython", RUN_S)
        begin_us = board.clock.now_us()
        try:
            deploy.to_port(bench.plan("slow"), board.port)
        except ToolError as error:
            print(f"chip: the deploy on a slow flash fails: {error}")
            return None
        return (board.clock.now_us() - begin_us) / 1e6


def _slot_blocks(bench):
    path = bench.folder / "slot.img"
    Image.create(path, load(VIRTUAL)["filesystem_size"])
    with Image(path) as image:
        before = image.fs.used_block_count
    deploy.to_image(bench.plan("slot"), path)
    with Image(path) as image:
        return image.fs.used_block_count - before
