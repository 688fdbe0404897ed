"""Commands in the documents: a user who follows them from the top finds each one."""

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACTIVATE = ". .venv/bin/activate"
# A command that is written without its folder: in backquotes, in a block, or behind "then".
COMMAND = re.compile(r"(?:^|`|\$ )(wherry|mpremote|esptool) [a-z-]+", re.MULTILINE)


@pytest.mark.parametrize("name", ["README.md", "docs/owner.md", "docs/first_hour.md"])
def test_the_path_is_set_before_the_first_command(name):
    text = (ROOT / name).read_text()
    found = list(COMMAND.finditer(text))
    assert found, name
    assert -1 < text.find(ACTIVATE) < found[0].start(), (name, found[0][0])


def test_the_commands_are_installed():
    scripts = Path(sysconfig.get_path("scripts"))
    for command in ("wherry", "mpremote", "esptool"):
        assert (scripts / command).is_file(), command


def test_make_says_that_it_installs():
    command = ["make", "--no-print-directory", "-n", "-B", ".venv/dev"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    for words, step in (
        ("make: installing into .venv, about 40 s", "-m venv .venv"),
        ("make: installing the tools for tests into .venv, about", "requirements-dev.lock"),
    ):
        at = [i for i, line in enumerate(lines) if words in line]
        steps = [i for i, line in enumerate(lines) if step in line]
        assert len(at) == 1 and at[0] < steps[0], lines
