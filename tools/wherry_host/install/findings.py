"""The outcome of a check of a board."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The outcome of a check: `is_right` is None where it could not be made.

    `text` is what was seen, `remedy` what helps where something is wrong.
    """

    check: str
    is_right: bool | None
    text: str
    remedy: str = ""
