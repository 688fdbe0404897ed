"""Parse JSON as the official server does: strictly, and to a depth of 10,000.

Python's parser has a limited stack, so deep content is read in slices. Each slice is parsed and
replaced by an empty list in the slice around it. No dialect uses values that deep.
"""

import json
import re

DEPTH_MAX = 10_000
_SLICE_DEPTH = 500
# A JSON string, even if it is not terminated, or a bracket.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def decode(body):
    """Parse a JSON body strictly: no NaN or Infinity, and no number outside a double's range.

    Raises ValueError with the reason.
    """
    if not body.strip():
        raise ValueError("unexpected end of JSON input")
    text = body.decode("utf-8", "replace")
    # Newer Python versions may parse deeper content, so the brackets of a text are counted first.
    if text.count("[") + text.count("{") > DEPTH_MAX:
        return _decode_slices(text)
    try:
        return _DECODER.decode(text)
    except RecursionError:
        return _decode_slices(text)


def _decode_slices(text):
    """Parse a text of any depth, one slice at a time."""
    slices, start, depth = [[]], 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            if depth and depth % _SLICE_DEPTH == 0:
                slices[-1].append(text[start : token.start()])
                slices.append([])
                start = token.start()
            depth += 1
            if depth > DEPTH_MAX:
                raise ValueError("exceeded max depth")
        elif token[0] in "]}":
            depth -= 1
            if depth and depth % _SLICE_DEPTH == 0 and len(slices) > 1:
                _DECODER.decode("".join((*slices.pop(), text[start : token.end()])))
                slices[-1].append("[]")
                start = token.end()
    if len(slices) > 1:
        raise ValueError("unexpected end of JSON input")
    return _DECODER.decode("".join((*slices[0], text[start:])))


def _refuse_constant(name):
    raise ValueError(f"invalid character '{name.lstrip('-')[0]}' looking for beginning of value")


def _finite(text):
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"json: cannot unmarshal number {text} into Go value of type float64")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def refuse_depth(content, depth_max):
    """Raise ValueError for JSON content with more than `depth_max` nested arrays and objects."""
    inside, depth = [content], 0
    while inside := [each for each in inside if isinstance(each, (dict, list))]:
        depth += 1
        if depth > depth_max:
            raise ValueError(f"nested more than {depth_max} deep")
        parts = (each.values() if isinstance(each, dict) else each for each in inside)
        inside = [part for each in parts for part in each]
