"""Faults that hide each other: of those that are active, the last one shows."""


def add(kinds, kind, show):
    """Add a kind to the active ones and call `show()`; return a function that ends it."""
    kinds.append(kind)
    show()

    def end():
        kinds.remove(kind)
        show()

    return end
