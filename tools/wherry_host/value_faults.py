"""Express pydantic's errors in plain words, for the command line and the page."""

import re

# {type of a pydantic error: its text}
_WORDS = {
    "greater_than_equal": "{given} is less than {bound}",
    "less_than_equal": "{given} is more than {bound}",
    "greater_than": "{given} is not more than {bound}",
    "less_than": "{given} is not less than {bound}",
    "int_parsing": "{given} is not a whole number",
    "int_type": "{given} is not a whole number",
    "int_from_float": "{given} is not a whole number",
    "float_parsing": "{given} is not a number",
    "float_type": "{given} is not a number",
    "finite_number": "{given} is not a number",
    "bool_parsing": "{given} is not true or false",
    "bool_type": "{given} is not true or false",
    "string_type": "{given} is not a text",
    "literal_error": "{given} is not one of {choices}",
    "extra_forbidden": "unknown setting",
    "missing": "give a value",
}


def fault_text(kind, message, given):
    """Return a pydantic error in plain words: its type, its text, and the value."""
    # NaN satisfies no bound.
    kind = "finite_number" if str(given).lower() == "nan" else kind
    words = _WORDS.get(kind)
    if words is None:
        return message.removeprefix("Value error, ").rstrip(".").replace("Input should", "must")
    shown = given if isinstance(given, str) else repr(given)
    bound = message.rpartition(" ")[2]
    choices = ", ".join(re.findall("'([^']*)'", message))
    return words.format(given=shown, bound=bound, choices=choices)
