"""Plain HTML elements for the page: a tag, classes, text, attributes and a marker for tests."""

from nicegui.elements.mixins.text_element import TextElement

# Larger values have an exponent, so that their digits do not stretch the page.
_DIGITS_MAX = 1e9


def element(tag, classes="", text="", test=None, **attributes):
    """Return a new element in the open slot; `aria_label="x"` sets the attribute aria-label.

    `test` sets data-test, by which browser tests find it.
    """
    made = TextElement(tag=tag, text=text)
    made.classes(classes)
    if test is not None:
        made.props["data-test"] = test
    for name, value in attributes.items():
        made.props[name.strip("_").replace("_", "-")] = value
    return made


def button(text, on_click, test, classes="", **attributes):
    """Return a native button."""
    made = element("button", f"button {classes}", text, test, type="button", **attributes)
    made.on("click", lambda _: on_click(), js_handler="() => emit()")
    return made


def moment(time_us, classes="", test=None):
    """Return an element for a moment; times.js formats it in the zone of the browser."""
    made = element("time", classes, test=test)
    put_moment(made, time_us)
    return made


def put_moment(shown, time_us):
    """Show another moment, to the second."""
    put(shown, "data-ms", time_us // 1_000_000 * 1000)


def put(shown, name, value):
    """Set an attribute; it is sent to the browser only if it has changed."""
    if shown.props.get(name) != value:
        shown.props[name] = value


def put_state(shown, word):
    """Set data-state, from which the style sheet takes the colour."""
    put(shown, "data-state", word)


def brief(value, places=0):
    """Return a number with decimal places and thousands separators, or with an exponent."""
    if abs(value) >= _DIGITS_MAX:
        return short(value, 3)
    return f"{value:,.{places}f}".replace("-", "\N{MINUS SIGN}")


def short(value, digits=6):
    """Return a number with the given number of significant digits."""
    return f"{value:.{digits}g}".replace("-", "\N{MINUS SIGN}")


def press(shown, is_on):
    """Show a button as pressed or not."""
    put(shown, "aria-pressed", "true" if is_on else "false")


def show(shown, is_visible):
    """Hide an element, which removes it from the layout, or show it again."""
    if shown.visible != is_visible:
        shown.set_visibility(is_visible)
