"""Set readings aside as the node does: find a place, then write the frame."""

from wherry.sending.refusal import aside_frame
from wherry.sending.refusal.aside_files import Aside


def add(folder, row, index, channel, value, s, ms, status, reason, uplink="", count_lost=None):
    """Set aside a reading, in the form of aside_frame.append; return True if it is new."""
    path = Aside(folder).place(row, index, uplink, count_lost)
    if path:
        aside_frame.append(path, row, index, channel, value, s, ms, status, reason, uplink)
    return bool(path)
