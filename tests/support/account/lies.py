"""The class Lie, and source lines of lib/wherry that lies replace: each line occurs once."""

from dataclasses import dataclass

LOST = "lost: neither at the server nor in flash"
QUEUE_ROW = "        number = self.queue.append(*row)\n"
EVERY = 'self.sample_every_ms = node["sample_every_ms"]'


@dataclass(frozen=True)
class Lie:
    """`changes` are (file below lib/wherry, text, replacement).

    A line that the judge prints contains all `words`; `seconds` is the demo's duration, `scale`
    the speed of its clock.
    """

    name: str
    words: tuple
    changes: tuple
    seconds: int = 15
    scale: int = 2


def lie(name, words, *changes, **options):
    """Return a Lie."""
    return Lie(name, words, changes, **options)
