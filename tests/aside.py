"""Readings set aside as the node does it: a place is found, then the frame is written."""

from wherry.sending import aside_frame
from wherry.sending.aside_files import Aside


def add(folder, row, index, channel, value, s, ms, status, reason, uplink="", count_lost=None):
    """Keep a reading as aside_frame.append takes it; return whether it was not there already."""
    path = Aside(folder).place(row, index, uplink, count_lost)
    if path:
        aside_frame.append(path, row, index, channel, value, s, ms, status, reason, uplink)
    return bool(path)
