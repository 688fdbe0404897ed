"""Parts of hand-written SVG plots."""

from html import escape


def text(x, y, words, kind="", anchor="start"):
    """Return a text at a point; `kind` is its class, `anchor` is the end that is at the point."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} class="{kind}">{escape(words)}</text>'
