"""Sources with changes, and a node that has them."""

from copy import copy


def replaced(text, old, new, what):
    """Return a text with `new` for `old`; raises ValueError with `what` unless it has it once."""
    if (count := text.count(old)) != 1:
        raise ValueError(f"{what} has it {count} times: {old!r}")
    return text.replace(old, new)


def changed(node, changes, folder, what):
    """Return a copy of a Node whose modules in a folder have `changes`: (dotted module, old, new).

    Raises ValueError as `replaced`, with the name of the module.
    """
    own = {}
    for module, old, new in changes:
        text = own.get(module, node.sources[module]).read_text()
        own[module] = folder / f"{module}.py"
        own[module].write_text(replaced(text, old, new, f"{what}: {module}"))

    def with_own(original):
        made = copy(original)
        made.sources = original.sources | own
        return made

    made = with_own(node)
    # A deploy has the same modules.
    made.changed = lambda number: with_own(node.changed(number))
    return made
