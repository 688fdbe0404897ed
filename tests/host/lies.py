"""The class Lie, and the places in lib/wherry where lies are planted: each text occurs once."""

from dataclasses import dataclass

LOST = "lost: neither at the server nor in flash"
QUEUE_ROW = "        number = self.queue.append(*row)\n"
EVERY = 'self.sample_every_ms = node["sample_every_ms"]'


@dataclass(frozen=True)
class Lie:
    """`changes` are (file below lib/wherry, text, replacement).

    `words` are together in a line that the judge prints; `seconds` is how long the demo takes,
    `scale` the speed of its clock.
    """

    name: str
    words: tuple
    changes: tuple
    seconds: int = 15
    scale: int = 2


def lie(name, words, *changes, **options):
    """Return a Lie."""
    return Lie(name, words, changes, **options)
