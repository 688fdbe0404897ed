"""Counts the reads of files: each `open` and each `readinto`."""

import builtins


class _File:
    """An open file whose reads are counted."""

    def __init__(self, file, reads):
        self._file = file
        self._reads = reads

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def readinto(self, buffer):
        self._reads.count += 1
        return self._file.readinto(buffer)


class FileReads:
    """Counts in a `with` statement; `opens` and `count` are the numbers since `begin`."""

    def __init__(self):
        self.begin()

    def begin(self):
        self.opens = self.count = 0

    def __enter__(self):
        self._open = builtins.open
        builtins.open = self._counted
        return self

    def __exit__(self, *_):
        builtins.open = self._open

    def _counted(self, *arguments):
        self.opens += 1
        return _File(self._open(*arguments), self)
