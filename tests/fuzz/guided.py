"""Runs a coverage-guided target for a time in a separate process, and reports its findings."""

import base64
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import seeds

TARGETS = Path(__file__).parent
_RUNS = re.compile(r"number_of_executed_units: (\d+)")
_COVERED = re.compile(r"\bcov: (\d+)")
# After this many seconds libFuzzer itself stops a target that hangs in one input.
_INPUT_S_MAX = 10
_SHOWN_SIZE_MAX = 3000


class CrashError(Exception):
    """A target failed; the text has its input and how to try it again."""


def run(target, seed, count, seconds):
    """Try at most `count` inputs; return {"cases", "covered"}, the latter in edges of the code."""
    with tempfile.TemporaryDirectory(prefix="wherry-fuzz-") as name:
        folder = Path(name)
        corpus, words = seeds.write(target, folder)
        options = {
            "seed": seed % (1 << 31) + 1, "runs": count, "max_total_time": max(1, int(seconds)),
            "timeout": _INPUT_S_MAX, "dict": words, "artifact_prefix": f"{folder}/",
            "print_final_stats": 1,
        }  # fmt: skip
        command = [sys.executable, TARGETS / f"{target}.py"]
        command += [f"-{key}={value}" for key, value in options.items()]
        done = subprocess.run(
            [*command, corpus], capture_output=True, text=True, errors="replace", check=False
        )
        printed = done.stdout + done.stderr
        if done.returncode:
            why = printed[max(0, printed.find("=== Uncaught")) :][:_SHOWN_SIZE_MAX]
            raise CrashError(f"{why}\n{_replay(target, folder)}")
    return {"cases": int(_RUNS.search(printed)[1]), "covered": int(_COVERED.findall(printed)[-1])}


def _replay(target, folder):
    """Return the inputs that failed, and the command that tries the last one again."""
    lines = []
    for path in sorted([*folder.glob("crash-*"), *folder.glob("timeout-*")]):
        octets = path.read_bytes()
        text = base64.b64encode(octets).decode()
        lines += [f"input: {octets!r}", f"replay: echo {text} | base64 -d > input"]
        lines.append(f"        .venv/bin/python tests/fuzz/{target}.py input")
    return "\n".join(lines) or "it left no input"
