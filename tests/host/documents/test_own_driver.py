"""docs/own_driver.md, step by step: its files and its commands in a copy of the tree."""

import os
import re
import shutil
import subprocess

import pytest
from support.account.demo_verdicts import NOT_PROVEN, check_honest
from support.places import ROOT

PAGE = (ROOT / "docs" / "own_driver.md").read_text("utf-8")
DRIVER = "lib/wherry/sensors/htu31d.py"
DRIVER_LINES_MAX = 60
TIMEOUT_S = 120
_BLOCK = r"[^`]*```\w+\n(?P<{}>.*?)```"
_STEPS = re.compile(
    "|".join(
        (
            r"Write `(?P<written>[^`]+)`" + _BLOCK.format("whole"),
            r"put `(?P<entry>[^`]+)` into `(?P<table>\w+)` of\s`(?P<file>[^`]+)`",
            r"Add to the end of `(?P<longer>[^`]+)`" + _BLOCK.format("more"),
            r"```console\n(?P<console>.*?)```",
        )
    ),
    re.DOTALL,
)
_NUMBER = re.compile(r"\d[\d,.]*")


@pytest.fixture
def copy(tmp_path):
    """A copy of the tree: the files of the commit and the files added or changed since."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().strip("\0").split("\0"):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def environment(folder):
    """Return the environment of a shell in a folder, with the modules of that folder."""
    kept = {name: os.environ[name] for name in os.environ if not name.startswith("PYTEST_")}
    places = [str(folder / part) for part in ("tools", "lib", ".")]
    temporary = folder / "build"
    temporary.mkdir(exist_ok=True)
    return kept | {"PYTHONPATH": os.pathsep.join(places), "TMPDIR": str(temporary)}


def commands(block):
    """Yield (command, its output on the page)."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def pattern(shown):
    """Return the pattern of an output: any numbers, and any lines in place of "…"."""
    lines = []
    for line in shown.splitlines():
        parts = [re.escape(part) for part in _NUMBER.split(line)]
        loose = r"\d[\d,.]*".join(parts)
        lines.append(r"(?:.*\n)*?" if line == "…" else re.sub(r"(\\ )+", r"\\s+", loose) + "\n")
    return "".join(lines)


def run(folder, command, shown):
    """Run a command in a folder and compare its output."""
    done = subprocess.run(
        command.split(),
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    output = done.stdout + done.stderr
    if " demo " in command:
        check_honest(done.returncode, output)
        if done.returncode == NOT_PROVEN:
            return
    assert done.returncode == 0, (command, output)
    assert re.fullmatch(pattern(shown), output), (command, shown, output)


def follow(folder, step):
    """Follow a step of the page; return the commands that were run."""
    if step["written"]:
        (folder / step["written"]).write_text(step["whole"], "utf-8")
    elif step["entry"]:
        path, begin = folder / step["file"], f"{step['table']} = {{"
        text = path.read_text("utf-8")
        assert text.count(f"\n{begin}") == 1, step["entry"]
        path.write_text(text.replace(begin, f"{begin}{step['entry']}, ", 1), "utf-8")
    elif step["longer"]:
        with (folder / step["longer"]).open("a", encoding="utf-8") as file:
            file.write(step["more"])
    found = list(commands(step["console"] or ""))
    for command, shown in found:
        run(folder, command, shown)
    return [command for command, _ in found]


def test_the_steps_of_the_page_result_in_a_driver(copy):
    assert not (ROOT / DRIVER).exists() and not (copy / DRIVER).exists()
    steps = list(_STEPS.finditer(PAGE))
    assert PAGE.count("```") == 2 * sum(not step["entry"] for step in steps)
    ran = [command for step in steps for command in follow(copy, step)]
    assert len(ran) == len(re.findall(r"^\$ ", PAGE, re.MULTILINE)) > 4
    assert len((copy / DRIVER).read_text("utf-8").splitlines()) <= DRIVER_LINES_MAX
    assert not (ROOT / DRIVER).exists()
    run(copy, f".venv/bin/ruff check {DRIVER}", "All checks passed!\n")
    run(copy, f".venv/bin/ruff format --check {DRIVER}", "1 file already formatted\n")
