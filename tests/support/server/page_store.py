"""A server's database as the page reads it, for tests that fill it."""

from contextlib import contextmanager

from wherry_host.page.history import History
from wherry_host.server.store import Store


@contextmanager
def open_store(folder):
    """Yield a new Store in a folder, and its History."""
    store = Store(folder / "points.db")
    history = History(store.path)
    yield store, history
    history.close()
    store.close()
