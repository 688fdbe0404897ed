"""The class Lie, and source lines of lib/wherry that lies replace: each line occurs once."""

from dataclasses import dataclass

LOST = "lost: neither at the server nor in flash"
QUEUE_ROW = "        number = self.queue.append(*row)\n"
EVERY = 'self.sample_every_ms = node["sample_every_ms"]'


@dataclass(frozen=True)
class Lie:
    """`changes` are (file below lib/wherry, text, replacement).

    A problem that the judge reports contains all `words`.
    """

    name: str
    words: tuple
    changes: tuple


def lie(name, words, *changes):
    """Return a Lie."""
    return Lie(name, words, changes)
