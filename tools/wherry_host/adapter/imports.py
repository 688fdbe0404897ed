"""Find the files of a source that a driver imports, and imports that a board does not have."""

import ast

# Modules that stock images for the ESP32 have built in or frozen (MicroPython 1.24 and newer).
BUILT_IN = frozenset(
    """
    array asyncio binascii bluetooth btree builtins cmath collections cryptolib deflate dht ds18x20
    errno esp esp32 espnow flashbdev framebuf gc hashlib heapq inisetup io json machine math
    micropython mip neopixel network ntptime onewire os platform random re requests select socket
    ssl struct sys time tls uarray uasyncio ubinascii ubluetooth ucollections ucryptolib uctypes
    uerrno uhashlib uheapq uio ujson umachine uos urandom ure urequests uselect usocket ussl
    ustruct usys utime uwebsocket vfs webrepl websocket _thread _onewire
    """.split()  # noqa: SIM905
)


class ImportsError(ValueError):
    """A driver that a board could not load; its arguments are (what was seen, the remedy)."""


def needed(files, driver):
    """Return {path: text} of the files in a source that loading "module:Class" runs.

    `files` is {path: text} of all its files. Raises ImportsError.
    """
    module, _, name = driver.partition(":")
    path = _file(files, module)
    if not path:
        raise ImportsError(f"no module {module} in its source", f"it has {_modules_of(files)}")
    _check_class(files, path, name)
    found = {}
    waiting = [module]
    while waiting:
        for path in _loaded(files, waiting.pop()):
            if path not in found:
                found[path] = files[path]
                waiting += _imported(files, path)
    taken = {each.partition("/")[0].removesuffix(".py") for each in found} & BUILT_IN
    if taken:
        raise ImportsError(f"{min(taken)} is a module of MicroPython", "rename the driver's file")
    return found


def _file(files, module):
    """Return the file of a dotted name, or None if the source lacks it."""
    base = module.replace(".", "/")
    return next((path for path in (f"{base}.py", f"{base}/__init__.py") if path in files), None)


def _loaded(files, module):
    """Return the files that `import module` runs: the files of its packages and its own file."""
    parts = module.split(".")
    names = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    return [path for path in (_file(files, name) for name in names) if path]


def _imported(files, path):
    """Return the source's modules that a file imports; ImportsError for a missing one."""
    tree = _parsed(files, path)
    optional = _optional(tree)
    found = []
    for node in ast.walk(tree):
        for module in _modules(node, path):
            if _file(files, module):
                found.append(module)
            elif module.partition(".")[0] not in BUILT_IN and id(node) not in optional:
                remedy = "give a driver for MicroPython, or a folder that has this module too"
                raise ImportsError(f"{path} imports {module}, which a board lacks", remedy)
        if isinstance(node, ast.ImportFrom):
            # A name imported from a package may be one of its modules.
            names = [
                f"{base}.{alias.name}" for base in _modules(node, path) for alias in node.names
            ]
            found += [name for name in names if _file(files, name)]
    return found


def _parsed(files, path):
    try:
        return ast.parse(files[path])
    except (SyntaxError, ValueError) as error:
        raise ImportsError(f"{path} is not Python: {error}", "correct it") from None


def _optional(tree):
    """Return the ids of the nodes whose ImportError is handled."""
    return {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and any(map(_handles, node.handlers))
        for statement in node.body
        for each in ast.walk(statement)
    }


def _handles(handler):
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"ImportError", "Exception"})


def _modules(node, path):
    """Return the dotted names of the modules that a statement of a file imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    package = path.split("/")[: -node.level] if node.level else []
    return [".".join(package + ([node.module] if node.module else []))]


def _check_class(files, path, name):
    """Raise ImportsError if a module does not define this name at its top."""
    body = _parsed(files, path).body
    classes = [node.name for node in body if isinstance(node, ast.ClassDef)]
    names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names += [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    if name not in classes + names:
        remedy = f"it has {', '.join(classes) or 'no classes'}"
        raise ImportsError(f"no class {name} in {path}", remedy)


def _modules_of(files):
    names = [path.removesuffix(".py").removesuffix("/__init__") for path in sorted(files)]
    return ", ".join(name.replace("/", ".") for name in names[:10]) or "no modules"
