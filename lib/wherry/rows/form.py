"""Rows in a frame, each coded as its difference from the row before.

    varint (first row number << 2 | flags) · [varint boot] · varint s · [varint ms] ·
    varint coded mask · signed value of each channel in the mask · the other rows

The flags are MS and UNDATED. The node's own channels, the last ones, form a separate schema: a row
has either these or the others, as its mask shows; see code_mask. A time step is in ms if MS is
set, else in s. A difference is from the channel's last value in this frame, or from 0 if it had
none. The other rows of a RICE frame are described in rice.py; those of a ROWS frame are as
follows, where t is 1 if the time step or the mask changes, and m is 1 if the mask does:

    varint (zigzag(difference of the mask's first channel) << 1 | t) ·
    [varint (zigzag(change of the time step) << 1 | m) · [varint coded mask, if m], if t] ·
    signed difference of each other channel in the mask

A writer and a reader hold one frame. Frames in a ring may continue others; see
ring/continuation.py.
"""

from wherry.rows.frame import CONTINUES, RICE, ROWS


def coder(kind: int):
    """Return the module that codes the other rows of a frame, or None for kind ROWS."""
    if kind & ~CONTINUES != RICE:
        return None
    from wherry.rows import rice

    return rice


def is_rows(kind: int) -> bool:
    """Return whether a frame of this kind holds rows."""
    return kind in (ROWS, RICE)


def code_mask(mask: int, count: int, own_count: int) -> int:
    """Return a mask as coded in frames: its channels within their schema << 2, and two flags.

    Flag 1 means the schema of the node's own channels, the last `own_count` of `count`. Flag 2
    means the channel after all others, which only thinned segments have.
    """
    more = mask >> count << 1
    mask &= (1 << count) - 1
    own = mask >> count - own_count
    return own << 2 | more | 1 if own else mask << 2 | more
