"""Makes the flash of a board as a release of wherry leaves it, with that release's own code.

    python tests/data/boards/write.py COMMIT FOLDER

FOLDER/flash.xz is the filesystem of a virtual board (`wherry board`, 2 MiB, lzma), FOLDER/rtc.xz
its RTC memory and pins as virtual/registers.py lays them out, FOLDER/expected.json what lies in
them. The folders beside this file bear the name of their release, and are never written again.

The life of the board, a Harbor node with a BME280 on battery: deployed three times, each version
started, proven and delivering, so both slots are there and `a` is active; its queue filled by
fill.py until rows were thinned, as after months without a network; a boot that never
learned the time; and a last one that knows it and finds no server, until the board is left asleep.
Server, certificates and keys were made for the occasion and are gone.
"""

import json
import lzma
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

_HERE = Path(__file__).parent
_JUDGE = _HERE.parents[2] / "tools" / "wherry_host" / "account"
_CONFIG = {
    "node": {"name": "harbor-node", "sample_every": "20 s", "send_every": "60 s", "stamps": "ms"},
    "power": {"source": "battery"},
    "sensor": [{"driver": "bme280"}],
}
_DEVICES = [{"kind": "bme280", "address": 0x76}]
_SCALE = 20
# What 0.1.0 gives the queue on this board: 85 % of the filesystem without 839,680 B.
_QUEUE_SIZE = 2_097_152 * 85 // 100 - 839_680
_EPOCH_S = 946_684_800
_STATE = ("boot", "next_row", "readings", "synced", "zero_ms", "crashes")


def _write(folder, lib):
    from wherry_host.rig import Rig

    with Rig(scale=_SCALE, config=_CONFIG, board={"devices": _DEVICES, "seed": 4}) as rig:
        for i in range(3):
            changed = {**_CONFIG, "node": {**_CONFIG["node"], "send_every": f"{60 + i} s"}}
            rig._changes = changed
            rig.config = rig._load_config()
            rig.deploy_image()
            with rig.board as board:
                board.wait_line("delivered")
                board.wait_event("sleep", since=len(board.events))
        filled = _fill(rig, lib)
        rig.board.options.ports = {53: 0, 123: 0}
        _run(rig.board, 4)
        rig.board.options.ports = {**rig._make_board().options.ports, _port(rig.service.url): 0}
        _run(rig.board, 6, leave_asleep=True)
        rtc = (rig.board.folder / "rtc.bin").read_bytes()
        image = rig.board.flash.read_bytes()
        expected = _expected(rig, filled, rtc[:2048])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("flash", image), ("rtc", rtc)):
        packed = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
        (folder / f"{name}.xz").write_bytes(packed)
    told = json.dumps(expected, ensure_ascii=False, indent=1)
    (folder / "expected.json").write_text(told + "\n")


def _fill(rig, lib):
    """Fill the queue, and let so much time pass."""
    from wherry.health import CHANNELS

    channels = [each for section in rig.config.typed["sensor"] for each in section["channels"]]
    listed = json.dumps([*channels, *CHANNELS])
    first_s = rig.clock.now_us() // 1_000_000 - _EPOCH_S
    program = [Path(sys.executable).with_name("micropython"), "-X", "heapsize=8m"]
    program += [_HERE / "fill.py", lib, rig.board.flash, str(_QUEUE_SIZE), str(first_s)]
    done = subprocess.run(program, input=listed, check=True, stdout=subprocess.PIPE, text=True)
    filled = json.loads(done.stdout)
    rig.clock.set_scale(1_000_000)
    while rig.clock.now_us() // 1_000_000 - _EPOCH_S < filled["end_s"]:
        rig.clock.sleep(10_000)
    rig.clock.set_scale(_SCALE)
    return filled


def _run(board, sleep_count, leave_asleep=False):
    """Switch the board on and let it sleep so often."""
    board.start()
    since = 0
    for _ in range(sleep_count):
        event = board.wait_event("sleep", since=since)
        since = board.events.index(event) + 1
    if leave_asleep:
        # Its RTC memory stays as it is.
        board._process.kill()
        board._process.wait()
    board.stop()


def _port(url):
    return int(url.rpartition(":")[2])


def _expected(rig, filled, memory):
    """Tell what lies in the image as the specification reads it; what was put in must be there."""
    from fill import row as row_of
    from wherry_host.virtual.image import Image

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Image(rig.board.flash) as image:
            files = image.files()
            for path in files:
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(image.read(path))
        expected = _of_data(folder / "data", memory, filled, row_of)
        slot = (folder / "slot").read_text().strip()
    counts = {slot: sum(path.startswith(slot + "/") for path in files) for slot in ("a", "b")}
    return {"slot": slot, "files": counts, **expected}


def _of_data(data, memory, filled, row_of):
    # Those of today: the commit's own tools are in the path.
    from spec import files as spec_files
    from spec import queue as spec_queue
    from spec import rtc as spec_rtc

    found = spec_queue.read_queue(spec_queue.from_folder(data))
    first, end = filled["rows"]
    for row, _ in found:
        if first <= row.number < end:
            s, values = row_of(row.number - first)
            expected = (None, s + filled["first_s"], 250, dict(enumerate(values)))
            assert row[1:] == expected, (row, expected)
    ledger = spec_files.read_ledger((data / "cursors/harbor").read_bytes())
    state, staged = spec_rtc.read_rtc(memory)
    waiting = sum((row.number, index) >= ledger[:2] for row, _ in found for index in row.values)
    assert state["readings"] == sum(ledger[2:8]) + waiting, "the account does not balance"
    assert ledger[5] and not staged
    return {
        "channels": [[name, unit, decimals] for decimals, name, unit in found[-1][1]],
        "row_count": len(found),
        "rows_crc": crc_of(found),
        "first_row": _told(found[0][0]),
        "last_row": _told(found[-1][0]),
        "filled_rows": filled["rows"],
        "waiting": waiting,
        "ledger": list(ledger),
        "aside": [
            entry
            for path in sorted((data / "aside").iterdir())
            for entry in spec_files.read_aside(path.read_bytes())
        ],
        "anchors": spec_files.read_anchors((data / "anchors").read_bytes()),
        "state": {name: state[name] for name in _STATE},
    }


def _told(row):
    return [row.number, row.boot, row.s, row.ms, sorted(row.values.items())]


def crc_of(rows):
    """Return the CRC32 of rows in their order, as queue.read_queue gives them."""
    crc = 0
    for row, _ in rows:
        crc = zlib.crc32(json.dumps(_told(row)).encode(), crc)
    return crc


def main():
    """Take the code out of a commit and make the board with it."""
    if os.environ.get("PYTHONPATH"):
        import wherry_host

        _write(Path(sys.argv[2]), Path(wherry_host.__file__).parents[1] / "lib")
        return
    with tempfile.TemporaryDirectory() as code:
        archive = subprocess.run(["git", "archive", sys.argv[1]], capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", code], input=archive.stdout, check=True)
        Path(code, "wherry_host").symlink_to("tools")
        paths = [code, f"{code}/lib", f"{code}/tests/host", str(_HERE), str(_JUDGE)]
        environment = {**os.environ, "PYTHONPATH": ":".join(paths)}
        subprocess.run([sys.executable, *sys.argv], env=environment, check=True)


if __name__ == "__main__":
    main()
