"""Masks of channels: bit i is channel i."""


def count_bits(mask: int) -> int:
    """Return the number of set bits."""
    count = 0
    while mask:
        count += 1
        mask &= mask - 1
    return count


def mask_width(mask: int) -> int:
    """Return the number of bits up to the highest set one."""
    width = 0
    while mask >> width:
        width += 1
    return width
