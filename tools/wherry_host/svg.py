"""Parts of hand-written SVG plots."""

from html import escape


def text(x, y, words, kind="", anchor="start"):
    """Return a text element; `kind` is its class, `anchor` the end of the text at (x, y)."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} class="{kind}">{escape(words)}</text>'
