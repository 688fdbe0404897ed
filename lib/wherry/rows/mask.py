"""Masks of channels: bit i stands for channel i."""


def count_bits(mask: int) -> int:
    """Return how many bits are set."""
    count = 0
    while mask:
        count += 1
        mask &= mask - 1
    return count


def mask_width(mask: int) -> int:
    """Return the bits up to the highest one."""
    width = 0
    while mask >> width:
        width += 1
    return width
