"""Numbers and spans of time as the report shows them."""

_NEVER_DAYS = 3650


def number_text(value):
    """Return a number with three significant digits, such as "2,280", "86.4" or "0.094"."""
    return f"{float(f'{value:.3g}'):,.10g}"


def mah_text(mah):
    """Return a charge with two decimals, and without any from 100 mAh on."""
    return f"{mah:,.0f}" if mah >= 100 else f"{mah:.2f}"


def ms_text(ms):
    """Return a time in ms, or in s from one second on."""
    return f"{number_text(ms / 1000)} s" if ms >= 1000 else f"{number_text(ms)} ms"


def span_text(seconds):
    """Return a span in s, min, h or days."""
    for size, unit in ((172_800, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            amount = round(seconds / min(size, 86_400), 1)
            return f"{amount:,g} {unit}"
    return f"{seconds:.0f} s"


def days_text(days):
    """Return the days of a cell's life, as `wherry battery` does from ten days on."""
    if days >= _NEVER_DAYS:
        return "more than 10 years"
    return f"{days:.1f} days" if days < 10 else f"{int(days)} days"
