"""Sixty wrong inputs from a user's first hour, and how many of them get a clear error.

An error is clear if the command exits with 1 or 2 without a traceback, and if its text names the
wrong file, option, key or value and has one of the words in _REMEDIES, which state a remedy.
"""

import os
import re
import tempfile
from pathlib import Path

from typer.testing import CliRunner
from wherry_host.cli.commands import app

_REMEDIES = re.compile(
    r"\b(see|give|check (the|that|whether)|correct|close|connect|write|name|add|start|put|save|"
    r"remove|keep|leave|known here|did you mean|ports here|the boards are|download|replace|move|"
    r"end|less than|more than|"
    r"is not a (whole )?number|missing (argument|option))\b"
)
_PLAIN = """\
[node]
name = "shed"
sample_every = "10 s"

[[wifi]]
ssid = "garden"
password = "hush-hush"

[[uplink]]
kind = "harbor"
harbor_id = "123"
api_key = "0123456789abcdef"
ca = "auto"

[[sensor]]
driver = "chip"
"""
# (command line, text that its error names); none of them opens a USB port.
_COMMANDS = (
    ("chek", "chek"), ("check --config", "--config"), ("check --config none.toml", "none.toml"),
    ("check --config folder", "folder"), ("check --bord x", "--bord"),
    ("check --board esp32", "esp32"), ("check --secrets none", "none"),
    ("check --read /dev/none", "/dev/none"), ("deploy --board", "--board"),
    ("deploy /dev/none", "/dev/none"), ("deploy folder", "folder"),
    ("deploy node.toml", "node.toml"),
    ("deploy /dev/null", "/dev/null"), ("deploy socket://127.0.0.1:9", "socket://127.0.0.1:9"),
    ("deploy /dev/null --board none", "none"), ("flash --image", "--image"),
    ("flash x --board esp32_generic", "no image"), ("flash x --board y --image z", "y"),
    ("flash x --board esp32_generic --image none.bin", "none.bin"),
    ("flash x --board esp32_generic --image folder", "folder"),
    ("flash x --board esp32_generic --image node.toml", "0xE9"), ("logs /dev/null", "/dev/null"),
    ("logs folder", "folder"), ("logs --seconds x", "--seconds"), ("scan /dev/none", "/dev/none"),
    ("doctor /dev/none", "/dev/none"), ("new", "node.toml"),
    ("board --scale fast", "--scale"), ("server --port http", "--port"),
    ("server --port 65536", "--port"), ("server --host 300.1.1.1", "300.1.1.1"),
    ("server --db folder", "folder"), ("server --db none/x.db", "none/x.db"),
    ("demo --seconds 0", "--seconds"), ("demo --scale 100", "--scale"),
    ("demo --uplink none", "none"), ("queue dump none", "none"), ("queue dump folder", "folder"),
    ("audit none.db", "none.db"), ("fault here", "here"),
)  # fmt: skip
# (piece of a valid configuration, wrong version of it, text that the error names).
_FILES = (
    ('"shed"', "shed", "line 2"), ('"shed"', '"shed', "line 2"), ("name =", "name:", "line 2"),
    ('"10 s"', "10", "sample_every"), ('"10 s"', '"10 sec"', "sample_every"),
    ('"10 s"', '"10 ms"', "sample_every"), ("sample_every", "sample_evry", "sample_evry"),
    ("[[wifi]]", "[wifi]", "wifi"), ("ssid", "SSID", "SSID"),
    ('"hush-hush"', '"hush"', "password"),
    ('"garden"', '""', "ssid"), ('"harbor"', '"habor"', "kind"), ('"123"', '"12 3"', "harbor_id"),
    ('"0123456789abcdef"', '"YOUR_API_KEY"', "api_key"), ('"auto"', '"none.pem"', "none.pem"),
    ('"chip"', '"bme28"', "bme28"), ('"chip"', '"bme280"\naddress = 0x20', "address"),
    ("[[sensor]]", "[[sensors]]", "sensors"), ('"chip"', '"pulse"', "pin"),
    ("[node]", '[power]\nsource = "solar"\n\n[node]', "source"),
)  # fmt: skip


def judged():
    """Return (number of inputs with a clear error, number of inputs); print the other inputs."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="wherry-wrong-") as name:
        os.chdir(name)
        try:
            found = [*_of_commands(), *_of_files()]
        finally:
            os.chdir(before)
    for what, fault in found:
        if fault:
            print(f"hour: {what}: {fault}", flush=True)
    return sum(not fault for _, fault in found), len(found)


def _of_commands():
    Path("folder").mkdir()
    Path("node.toml").write_text(_PLAIN)
    for line, named in _COMMANDS:
        yield line, _fault(line.split(), named)


def _of_files():
    for right, wrong, named in _FILES:
        Path("node.toml").write_text(_PLAIN.replace(right, wrong, 1))
        yield f"{wrong} for {right}", _fault(["check"], named)


def _fault(words, named):
    """Return the reason why a command's error is unclear, or "" if it is clear."""
    result = CliRunner().invoke(app, words, input="")
    text = result.stderr
    if result.exit_code not in (1, 2) or "Traceback" in text:
        return f"exit code {result.exit_code}, {result.exception!r}"
    if named not in text:
        return f"{named!r} is not named: {text!r}"
    return "" if _REMEDIES.search(text) else f"without a remedy: {text!r}"
