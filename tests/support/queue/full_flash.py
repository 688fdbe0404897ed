"""A flash that refuses writes of files, as littlefs does when it is full."""

import builtins


class Refusing:
    """A context in which `modules` fail to open files for writing.

    Each attempt takes the next of `errors`: an errno, or 0 to let the file be opened. `paths` has
    the refused files.
    """

    def __init__(self, errors, *modules):
        self.errors = list(errors)
        self.paths = []
        self._modules = modules

    def __enter__(self):
        for module in self._modules:
            module.open = self._open
        return self

    def __exit__(self, *_):
        for module in self._modules:
            del module.open

    def _open(self, path, mode):
        error = self.errors.pop(0) if self.errors and mode != "rb" else 0
        if error:
            self.paths.append(path)
            raise OSError(error, "refused")
        return builtins.open(path, mode)
