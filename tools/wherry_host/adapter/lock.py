"""The lock file next to a configuration: one line for each source, with its SHA-256.

A source that has changed is refused until its line is removed.
"""

import re

from wherry_host.errors import PlaceError

_HEAD = (
    "# The drivers that {name} names, as wherry first saw them. Keep this file\n"
    "# with it. Remove a line to accept another version of its driver.\n"
)
_LINE = re.compile(r"(\S.*) sha256:([0-9a-f]{64})")


class Lock:
    """The lock of the configuration at a path. Raises PlaceError if it cannot be read."""

    def __init__(self, config_path):
        self.path = config_path.with_suffix(".lock")
        self._name = config_path.name
        try:
            lines = self.path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            lines = []
        except (OSError, UnicodeDecodeError) as error:
            raise PlaceError(f"{self.path}: {error}; remove it, or make it readable") from None
        self._pins = dict(self._pair(line) for line in lines if line and line[0] != "#")

    def _pair(self, line):
        found = _LINE.fullmatch(line)
        if not found:
            raise PlaceError(f"{self.path}: {line!r} is not a source and its SHA-256; remove it")
        return found.groups()

    def pin(self, source):
        """Return the pinned SHA-256 of a source, or None if the source is new."""
        return self._pins.get(source)

    def write(self, pins):
        """Write exactly these {source: SHA-256} pairs to the file. Raises PlaceError."""
        if pins == self._pins:
            return
        lines = [f"{source} sha256:{sha256}\n" for source, sha256 in sorted(pins.items())]
        try:
            self.path.write_text(_HEAD.format(name=self._name) + "".join(lines), "utf-8")
        except OSError as error:
            text = f"{self.path}: {error.strerror}; make its folder writable"
            raise PlaceError(text) from None
        self._pins = dict(pins)
