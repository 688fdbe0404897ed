"""Plants lies into a node on virtual time, or into a copy of the firmware for a demo."""

import os
import shutil
import subprocess
import sys

from support.account.lies import lie
from support.account.own_lies import OWN_LIES
from support.account.review_lies import REVIEW_LIES
from support.places import ROOT
from support.year.sources import changed, replaced

_TIMEOUT_S = 600

HONEST = lie("none", ())
LIES = REVIEW_LIES + OWN_LIES


def lying(node, lie, folder):
    """Return a copy of a Node with a lie, whose modules are in a folder."""
    changes = [(_module(file), old, new) for file, old, new in lie.changes]
    return changed(node, changes, folder, lie.name)


def _module(file):
    return "wherry." + file.removesuffix(".py").replace("/", ".")


def planted(folder, lie):
    """Copy the files of a demo into a folder, with a lie in them; return the path for Python."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lib" / "wherry", folder / "wherry", ignore=ignored)
    (folder / "tools").mkdir()
    for name in ("tools/wherry_host", "firmware", "boards"):
        (folder / name).symlink_to(ROOT / name)
    for file, old, new in lie.changes:
        path = folder / "wherry" / file
        text = replaced(path.read_text(), old, new, f"{lie.name}: {file}")
        path.write_text(text)
    return folder


def demo(folder, *options):
    """Run `wherry demo` from a folder with a lie; return (exit code, output)."""
    process = started(folder, *options)
    output, _ = process.communicate(timeout=_TIMEOUT_S)
    return process.returncode, output


def started(folder, *options):
    """Start `wherry demo` from a folder with a lie; return its process, with a pipe for output."""
    command = [sys.executable, "-c", "from wherry_host.cli import main; main()", "demo", *options]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{folder}:{folder}/tools",
        "PYTHONUNBUFFERED": "1",
    }
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, env=environment, text=True, **pipes)
