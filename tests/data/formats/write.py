"""Writes what a node of an earlier wherry leaves behind, with that version's own code.

    python tests/data/formats/write.py COMMIT FOLDER [rice]

FOLDER/data is the node's /data, FOLDER/rtc its RTC memory, FOLDER/expected.json what stands in
them, told by what was put in and not by reading it back. The folders beside this file bear the
name of the release whose code wrote them, and are never written again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

_STUBS = Path(__file__).parents[3] / "tools" / "wherry_host" / "stubs"
OLDER = [["temperature", "°C", 2], ["humidity", "%", 2]]
NEWER = [*OLDER, ["pressure", "hPa", 2]]
BATCH = 10


def rows_of(channels, count, choose):
    """Yield (flags, boot, s, ms, mask, values): undated ones first, then with other masks."""
    values = [2150, 4800, 101_325][: len(channels)]
    s = 848_000_000
    for i in range(count):
        values = [value + choose(7) - 3 for value in values]
        s += 61 if i % 9 == 4 else 60
        mask = (1 << len(channels)) - 1 if i % 13 != 5 else 2
        measured = [value for index, value in enumerate(values) if mask >> index & 1]
        yield (3, 4, 60 * i, 250) if i < BATCH else (0, 0, s, 0), mask, measured


def write(folder, coding):
    """Write the folder with the wherry that stands first on the path."""
    import random

    from wherry import clock_setting, small_file
    from wherry.aside import Aside
    from wherry.clock import Clock
    from wherry.ledger import Ledger
    from wherry.queue import Queue
    from wherry.stage import SIZE, Stage

    choose = random.Random(4).randrange
    root = f"{folder}/data"
    small_file.make_folder(root + "/cursors")
    expected = {"channels": [OLDER, NEWER], "rows": []}
    for which, channels, count in ((0, OLDER, 60), (1, NEWER, 100)):
        queue = Queue(root, [tuple(each) for each in channels], False, 400_000, None, *coding)
        for head, mask, values in rows_of(channels, count, choose):
            number = queue.append(*head, mask, values)
            expected["rows"].append([number, *head, mask, values, which])
    expected["readings"] = queue.readings

    ledger = Ledger(root + "/cursors/harbor")
    ledger.row, ledger.channel, ledger.delivered, ledger.set_aside = 30, 1, 56, 1
    ledger.save()
    expected["ledger"] = [30, 1, 56, 1, 0, 0, 0]
    expected["aside"] = [[12, 1, "humidity", 4801, 2, 848_000_720, -1, 400, "no such cargo °"]]
    row, index, name, value, decimals, *stamp_and_answer = expected["aside"][0]
    Aside(root + "/aside").add(row, index, (name, "%", decimals), value, *stamp_and_answer)

    memory = bytearray(SIZE)
    stage = Stage(memory, lambda: None, len(NEWER))
    state = stage.new_state()
    clock = Clock(state, root + "/anchors", {})
    clock.begin(4, 1000)
    clock_setting.sync(clock, 600_500, 848_000_000_123)
    expected["anchors"] = {"4": [600_500, 848_000_000_123]}
    state.network, state.lease, state.server = 1, bytes(range(16)), bytes((192, 0, 2, 7))
    state.next_row, state.readings, state.schema = queue.hint()
    stage.save()
    expected["state"] = {name: value for name, value in vars(state).items() if name != "schema"}
    expected["stage"] = [[160 + i, 0, 0, 848_010_000 + 60 * i, 0, 5, [i, -i]] for i in range(6)]
    for row in expected["stage"]:
        stage.append(*row)

    small_file.write(root + "/boot", (4).to_bytes(4, "little"))
    small_file.write(root + "/crash", b"\0OSError: 28")
    Path(folder, "rtc").write_bytes(memory)
    told = json.dumps(expected, ensure_ascii=False, default=bytes.hex)
    Path(folder, "expected.json").write_text(told + "\n")


def main():
    """Take the code out of a commit and write the folder with it."""
    if os.environ.get("PYTHONPATH"):
        write(sys.argv[2], [0xA2] if sys.argv[3:] else [])
        return
    with TemporaryDirectory() as code:
        archive = subprocess.run(
            ["git", "archive", sys.argv[1], "lib"], capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", code], input=archive.stdout, check=True)
        environment = {**os.environ, "PYTHONPATH": f"{code}/lib:{_STUBS}"}
        subprocess.run([sys.executable, *sys.argv], env=environment, check=True)


if __name__ == "__main__":
    main()
