"""Expressions that read a third-party driver: `temperature`, `humidity()`, `read(1, "x")[0]`.

A parsed expression is [name, step, ...], where the name is an attribute of the driver's object. A
step is a string for an attribute, an integer for an index, or a list of arguments for a call. An
argument is an integer, a string, or another expression on the same object.
"""

from wherry.text import is_text

_SIZE_MAX = 100
# How deep arguments may be nested.
_DEPTH_MAX = 4


def parsed(text):
    """Return the parsed expression, or None if `text` is not an expression."""
    if not is_text(text, 1, _SIZE_MAX):
        return None
    try:
        found, end = _expression(text, 0, _DEPTH_MAX)
    except (ValueError, IndexError):
        return None
    return found if end == len(text) else None


def _expression(text, at, depth):
    """Return (expression, its end) for the expression that starts at position `at`."""
    name, at = _name(text, at)
    found = [name]
    while at < len(text) and text[at] in ".[(":
        if text[at] == ".":
            step, at = _name(text, at + 1)
        elif text[at] == "[":
            step, at = _integer(text, at + 1)
            at = _past(text, at, "]")
        else:
            step, at = _arguments(text, at + 1, depth)
        found.append(step)
    return found, at


def _arguments(text, at, depth):
    if not depth:
        raise ValueError
    found = []
    at = _past_blanks(text, at)
    while text[at] != ")":
        each, at = _argument(text, at, depth)
        found.append(each)
        at = _past_blanks(text, at)
        if text[at] != ")":
            at = _past_blanks(text, _past(text, at, ","))
    return found, at + 1


def _argument(text, at, depth):
    if text[at] in "\"'":
        end = text.index(text[at], at + 1)
        return text[at + 1 : end], end + 1
    if _is_digit(text[at]) or text[at] == "-":
        return _integer(text, at)
    return _expression(text, at, depth - 1)


def _name(text, at):
    end = at
    while end < len(text) and (_is_letter(text[end]) or (end > at and _is_digit(text[end]))):
        end += 1
    if end == at:
        raise ValueError
    return text[at:end], end


def _integer(text, at):
    """Return (integer, its end) for a decimal number or a number that starts with 0x."""
    end = at + 1 if text[at] == "-" else at
    digits = "0123456789"
    base = 10
    if text[end : end + 2] == "0x":
        end += 2
        digits, base = "0123456789abcdefABCDEF", 16
    while end < len(text) and text[end] in digits:
        end += 1
    return int(text[at:end], base), end


def _past(text, at, wanted):
    at = _past_blanks(text, at)
    if text[at] != wanted:
        raise ValueError
    return at + 1


def _past_blanks(text, at):
    while text[at] == " ":
        at += 1
    return at


def _is_letter(c):
    return "a" <= c <= "z" or "A" <= c <= "Z" or c == "_"


def _is_digit(c):
    return "0" <= c <= "9"
