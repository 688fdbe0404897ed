"""A node with other sources."""

from copy import copy


def changed(node, changes, folder, what):
    """Return a copy of a Node whose modules in a folder have `changes`: (dotted module, old, new).

    Raises ValueError with `what` unless a module has the old text once.
    """
    made = copy(node)
    made.sources = dict(node.sources)
    for module, old, new in changes:
        text = made.sources[module].read_text()
        if (count := text.count(old)) != 1:
            raise ValueError(f"{what}: {module} has it {count} times: {old!r}")
        made.sources[module] = folder / f"{module}.py"
        made.sources[module].write_text(text.replace(old, new))
    return made
