"""Power cuts within each write of a deploy, of the loader and of a trial, and the next start.

The real loader runs on MicroPython's own littlefs (loader/starts.py).
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from support.boards.journal import JournalTarget, packed
from support.boards.small_slots import LOADER, LOADER_SOURCE, SIZE, image_of, slot, two_slots
from support.places import MICROPYTHON, ROOT
from wherry_host.compile.loader_text import loader_text
from wherry_host.install.slots import install
from wherry_host.install.target_image import ImageTarget
from wherry_host.places import FIRMWARE_ROOMS, LIB

OUTCOMES = 3
TIMEOUT_S = 300


def starts(folder, case, image, writes=None):
    """Return the results of starts.py, after checking that it found no fault."""
    case = {"outcomes": OUTCOMES, "seed": int(os.environ.get("SEED") or 7), "trials": 3, **case}
    (folder / "base").write_bytes(image)
    (folder / "case.json").write_text(json.dumps(case))
    if writes is not None:
        (folder / "writes").write_bytes(packed(writes))
    command = [MICROPYTHON, "-X", "heapsize=16m", Path(__file__).parent / "loader" / "starts.py"]
    firmware = ":".join(map(str, FIRMWARE_ROOMS))
    command += [ROOT / "tests/support/chip", LIB.parent, firmware, folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    print(case, found)
    assert found["faults"] == [], (case, found)
    return found


def cut_install(folder, image, version, old, **more):
    """Cut the install of a version at each write; return the results of starts.py.

    `more` of the case: `replaced` is the version on trial before.
    """
    path = folder / "flash.img"
    path.write_bytes(image)
    with JournalTarget(path, SIZE) as target:
        install(slot(version), LOADER, target)
        writes = target.writes
    return starts(folder, {"old": old, "new": version, **more}, image, writes)


def seen_in(found, cases_min):
    """Return how often each version started, after asserting the count of cuts."""
    assert found["cases"] >= cases_min, found
    return found["seen"]


def cut_all(folder, seed):
    """Cut installs, starts and proofs with every outcome of a cut; return the count of cuts."""
    more = {"seed": seed, "outcomes": 99}
    second = {"old": "1", "new": "2", **more}
    found = [
        cut_install(folder, two_slots(folder, "a.app"), "3", "1", **more),
        starts(folder, {**second, "action": "start"}, two_slots(folder, "a.app b.app 0"), ()),
        starts(
            folder,
            {**second, "action": "prove", "words": ["a.app", "b.app", "2"]},
            two_slots(folder, "a.app b.app 2"),
            (),
        ),
    ]
    return sum(each["cases"] for each in found)


def test_a_first_install(tmp_path):
    seen = seen_in(cut_install(tmp_path, image_of(tmp_path, {}), "1", None), 320)
    assert seen["None"] > 20 and seen["1"]


def test_a_second_install(tmp_path):
    seen = seen_in(cut_install(tmp_path, two_slots(tmp_path, "a.app"), "3", "1"), 240)
    assert seen["1"] > 20 and seen["3"] and set(seen) == {"1", "3"}


def test_an_install_over_one_on_trial(tmp_path):
    image = two_slots(tmp_path, "a.app b.app 0")
    seen = seen_in(cut_install(tmp_path, image, "3", "1", replaced="2"), 250)
    assert seen["1"] > 20 and seen["2"] and seen["3"]
    image = two_slots(tmp_path, "a.app b.app 3")
    seen = seen_in(cut_install(tmp_path, image, "3", "1"), 250)
    assert seen["1"] > 20 and seen["3"] and set(seen) == {"1", "3"}


@pytest.mark.parametrize("starts_before", range(4))
def test_each_start_of_a_trial(tmp_path, starts_before):
    case = {"old": "1", "new": "2", "action": "start", "trials": 3 - starts_before}
    image = two_slots(tmp_path, f"a.app b.app {starts_before}")
    seen_in(starts(tmp_path, {**case, "outcomes": 99}, image), 30)


@pytest.mark.parametrize("starts_before", [1, 3])
def test_a_proof(tmp_path, starts_before):
    words = ["a.app", "b.app", str(starts_before)]
    case = {"old": "1", "new": "2", "action": "prove", "words": words, "outcomes": 99}
    assert seen_in(starts(tmp_path, case, two_slots(tmp_path, " ".join(words))), 30)["2"]


def test_a_loader_that_starts_a_failed_version_once_more_is_found(tmp_path):
    image = two_slots(tmp_path, "a.app b.app 3")
    worse = loader_text(LOADER_SOURCE.replace("_TRIALS_MAX = 3", "_TRIALS_MAX = 4"))
    path = tmp_path / "worse.img"
    path.write_bytes(image)
    with ImageTarget(path, SIZE) as target:
        target.write("/main.py", worse)
    case = {"old": "1", "new": "2", "action": "start", "trials": 0}
    with pytest.raises(AssertionError, match="the new version starts too often"):
        starts(tmp_path, case, path.read_bytes())
