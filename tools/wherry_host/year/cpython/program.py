"""The programs of one chip on CPython: the node's modules, separate from this process's own.

The node's modules have their own builtins and their own `sys`, so `import wherry` in them is not
the host's `wherry`. A deep sleep keeps no object, so each run begins with the modules as they were
first executed: the changes of a run in modules, in their classes and in the containers of both
are undone before the next run. This is faster than executing them again.
"""

import builtins
import dis
from copy import deepcopy
from functools import cache
from types import CodeType, ModuleType, NoneType

_CONTAINERS = list, dict, set, bytearray
_PLAIN = int, bool, str, bytes, float, NoneType


class Program:
    """`sources` are {dotted name: path} of the modules that the program may import, `given` are
    {name: module} of the chip, `names` replaces builtins such as `open`.
    """

    def __init__(self, sources, given, names):
        self._sources = sources
        self._folders = {name.rpartition(".")[0] for name in sources}
        self._folders |= {name.rpartition(".")[0] for name in self._folders} - {""}
        self.modules = dict(given)
        # {name: module} of the modules that were executed.
        self._executed = {}
        # {module or class: its original content} of those that a run may have changed.
        self._originals = {}
        self._changed = set()
        # (container, its original content); the chip's own memory is not restored.
        self._containers = []
        self._chip = {id(each) for module in given.values() for each in vars(module).values()}
        self._always = []
        self._make_kinds()
        own = {"__import__": self._import, "__build_class__": self._build_class}
        self._builtins = {**vars(builtins), **names, **own}

    def _make_kinds(self):
        """Create the types of modules and classes that note their changes."""
        changed = self._changed

        def note(self, name, *value):
            changed.add(self)
            kind = ModuleType if isinstance(self, ModuleType) else type
            (kind.__setattr__ if value else kind.__delattr__)(self, name, *value)

        noting = {"__setattr__": note, "__delattr__": note}
        self._module_kind = type("module", (ModuleType,), noting | {"__hash__": object.__hash__})
        self._class_kind = type("type", (type,), noting)

    def load(self, name):
        """Import and return a module."""
        found = self.modules.get(name)
        return found if found is not None else self._load(name)

    def restart(self):
        """Undo the changes of the last run in modules, classes and their containers."""
        for each in [*self._changed, *self._always]:
            # A class that a function creates belongs to the run.
            if each in self._originals:
                _restore(each, self._originals[each])
        self._changed.clear()
        for container, content in self._containers:
            if container != content:
                _refill(container, _copied(content))

    def _import(self, name, _globals=None, _locals=None, wanted=(), _level=0):
        module = self.modules.get(name)
        if module is None:
            module = self._load(name)
        if not wanted:
            return module if "." not in name else self.modules[name.partition(".")[0]]
        for each in wanted:
            if not hasattr(module, each):
                self._load(f"{name}.{each}")
        return module

    def _build_class(self, function, name, *bases, **keywords):
        if all(type(base) in (type, self._class_kind) for base in bases):
            keywords.setdefault("metaclass", self._class_kind)
        return builtins.__build_class__(function, name, *bases, **keywords)

    def _load(self, name):
        package, _, last = name.rpartition(".")
        if name in self._executed:
            module = self.modules[name] = self._executed[name]
            if package:
                # wherry.free() removes it.
                vars(self.load(package))[last] = module
            return module
        path = self._sources.get(name)
        if path is None and name not in self._folders:
            raise ImportError(f"no module named '{name}'")
        parent = self.load(package) if package else None
        module = self.modules[name] = self._module_kind(name)
        # A folder without an __init__.py is a package without code.
        if path:
            self._execute(module, path)
        self._executed[name] = module
        self._keep(module)
        if parent:
            vars(parent)[last] = self._originals[parent][last] = module
        return module

    def _execute(self, module, path):
        vars(module)["__builtins__"] = self._builtins
        code, sets_globals = _code_of(path)
        try:
            exec(code, vars(module))
        except BaseException:
            del self.modules[module.__name__]
            raise
        if sets_globals:
            self._always.append(module)

    def _keep(self, module):
        """Keep the content of a module and of its classes as the original."""
        space = self._originals[module] = dict(vars(module))
        self._changed.discard(module)
        spaces = [space]
        for each in space.values():
            if isinstance(each, type) and each.__module__ == module.__name__:
                spaces.append(dict(vars(each)))
                self._originals[each] = spaces[-1]
                self._changed.discard(each)
                if not isinstance(each, self._class_kind):
                    self._always.append(each)
        for each in (each for space in spaces for each in space.values()):
            is_own = each is not self._builtins and id(each) not in self._chip
            if is_own and isinstance(each, _CONTAINERS):
                self._containers.append((each, _copied(each)))


def _copied(value):
    """Return a deep copy; it is fast for the containers that modules usually have."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is bytearray:
        return bytearray(value)
    if kind is list:
        return [_copied(each) for each in value]
    if kind is dict:
        return {key: _copied(each) for key, each in value.items()}
    return deepcopy(value)


def _refill(container, content):
    """Give a container its original content; a bytearray keeps its size, as it may be shared."""
    if isinstance(container, bytearray):
        container[:] = content
        return
    container.clear()
    add = getattr(container, "extend", None) or container.update
    add(content)


def _restore(changed, content):
    """Restore a module or a class."""
    kind = ModuleType if isinstance(changed, ModuleType) else type
    space = vars(changed)
    for name in space.keys() - content.keys():
        kind.__delattr__(changed, name)
    for name, value in content.items():
        if space.get(name) is not value:
            kind.__setattr__(changed, name, value)


@cache
def _code_of(path):
    """Return (code of a module, whether its functions assign globals)."""
    code = compile(path.read_text("utf-8"), str(path), "exec")
    return code, _sets_globals(code)


def _sets_globals(code):
    """Return True if a function of a module has a `global` statement and assigns such a name."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    sets = any(
        each.opname in ("STORE_GLOBAL", "DELETE_GLOBAL") for each in dis.get_instructions(code)
    )
    return sets or any(map(_sets_globals, inner))
