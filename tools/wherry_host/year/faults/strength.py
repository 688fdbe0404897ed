"""The strength of a fault as a value: a duration, a size, an error."""


def scaled(span, strength):
    """Return a value between two others, in equal ratios from a strength of 0 to one of 100."""
    low, high = span
    return low * (high / low) ** (strength / 100) if low else 0
