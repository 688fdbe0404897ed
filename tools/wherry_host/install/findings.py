"""The outcome of a check on a board."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The outcome of a check: `is_right` is None if it could not be made.

    `text` is the observation; `remedy` is set if there is a fault.
    """

    check: str
    is_right: bool | None
    text: str
    remedy: str = ""
