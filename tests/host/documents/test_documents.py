"""The documents: a user who reads from the top finds each command, and each link leads on."""

import re
import shlex
import subprocess
import sysconfig
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import pytest
from support.documents.commands import ENDS, ROOT, WHERRY, commands
from typer import Exit
from typer.main import get_command
from wherry_host.cli.commands import app

ACTIVATE = ". .venv/bin/activate"
# A command that is written without its folder: in backquotes, in a block, or after "then".
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


MAKE = re.compile(r"(?:`|^(?:\$ )?)make ([a-z-]+)([^`\n]*)(?:`|$)", re.MULTILINE)


def fault(text):
    """Return the parser's error for a command line, or None if the line is accepted.

    A command that is only named may lack required arguments.
    """
    words = shlex.split(ENDS.split(text.replace("…", ""))[0])
    context, command = None, get_command(app)
    try:
        with redirect_stderr(StringIO()) as said:
            while hasattr(command, "resolve_command"):
                context = command.make_context(command.name, words, parent=context)
                _, command, words = command.resolve_command(
                    context, context._protected_args + context.args
                )
            command.make_context(command.name, words, parent=context)
    except Exit:
        is_named_only = "missing " in said.getvalue() and not words
        return None if is_named_only else said.getvalue()
    return None


def test_the_program_accepts_each_command_in_the_documents():
    found = commands(WHERRY)
    assert len(found) > 40 and "no such option --bord" in fault("check --bord x")
    faults = {(name, text): fault(text) for (text,), name in found.items()}
    assert not {place: said for place, said in faults.items() if said}


def test_make_has_each_target_and_variable_in_the_documents():
    makefile = (ROOT / "Makefile").read_text()
    found = commands(MAKE)
    assert len(found) > 10
    for (target, rest), name in found.items():
        assert f"\n{target}:" in makefile, (name, target)
        for variable in re.findall(r"\b([A-Z]+)=", ENDS.split(rest)[0]):
            assert f"$({variable})" in makefile or f"{variable} ?=" in makefile, (name, variable)


# Links

DOCUMENTS = [
    *ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "tests/examples/README.md",
]  # fmt: skip
LINK = re.compile(r"\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def prose(path):
    """Return a document without its blocks of code."""
    return BLOCK.sub("", path.read_text("utf-8"))


def headings(path):
    """Return the names under which GitHub links to the headings of a document."""
    titles = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    titles = [LINK.sub("", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def broken(path, link):
    """Return what a link of a document does not find, or None."""
    name, _, heading = link.partition("#")
    target = path.parent / name if name else path
    if not target.exists():
        return f"no file {name}"
    if heading and heading not in headings(target):
        return f"no heading {heading}"
    return None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_link_leads_somewhere(path):
    links = [link for link in LINK.findall(prose(path)) if "://" not in link]
    assert not {link: why for link in links if (why := broken(path, link))}
