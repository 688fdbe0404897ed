"""Restores the sessions of uplinks at startup: see session_file.py."""

from wherry import free, load
from wherry.sending.session import keys, session_file


def restore(uploads, link=None) -> None:
    """Restore the sessions, and the keys that were last in use.

    Also set how much of an answer the link keeps: as much as the uplinks need.
    """
    for upload in uploads:
        if upload.remembers:
            session_file.restore(upload)
            keys.restore(upload)
        if link:
            link.answer_size = max(link.answer_size, _answer_size(upload))
            free()


def _answer_size(upload):
    dialect = upload.dialect or load(upload.dialect_name)
    return getattr(dialect, "ANSWER_SIZE_MAX", 0)
