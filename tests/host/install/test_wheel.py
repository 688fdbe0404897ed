"""A wheel is complete: the demo runs from one, away from the sources."""

import zipfile
from pathlib import Path

from support.account.demo_verdicts import check_honest
from support.install import wheels
from support.install.wheels import LEFT_OUT, PARTS, finished, run
from support.places import ROOT

# The wheel's fixture.
installed = wheels.installed


def test_every_file_is_in_the_wheel(installed):
    wheel, _ = installed
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = set()
    for part, prefix in zip(PARTS, ("", "", "wherry_host/", "wherry_host/"), strict=True):
        above = ROOT / part if not prefix else ROOT
        for path in (ROOT / part).rglob("*"):
            if path.is_file() and not LEFT_OUT & set(path.parts) and ".egg-info" not in str(path):
                wanted.add(prefix + path.relative_to(above).as_posix())
    assert packed == wanted


def test_the_demo_runs_from_a_wheel(installed, tmp_path):
    _, site = installed
    program = "import wherry_host.places as p; print(p.BOARDS, p.FIRMWARE, p.LIB)"
    for place in run(tmp_path, "-c", program, path=site).split():
        assert Path(place).is_relative_to(site)
    options = ("--no-page", "--seconds", "10")
    done = finished(tmp_path, "-m", "wherry_host.cli", "demo", *options, path=site)
    check_honest(done.returncode, done.stdout + done.stderr)
    assert list(tmp_path.iterdir()) == []
