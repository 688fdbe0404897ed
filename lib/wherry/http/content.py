"""The content of an answer's body: an object of JSON, or what else it is, in words.

A body may be cut off by the reader, be compressed, and have any bytes. Loaded on demand.
"""

import json

from micropython import const

EMPTY = const(0)  # No body.
OBJECT = const(1)  # An object of JSON.
ERROR = const(2)  # An object of JSON that states an error.
PAGE = const(3)  # HTML or XML, or a body of that type.
OTHER = const(4)  # Anything else.

_NAMES = "an empty body", "another API's object", "an error", "a web page", "no JSON object"
_WORDS_SIZE_MAX = const(40)
# Long strings that are split, because each short string would stay in the table of names.
_FAILURES = "error fail failed failure"
_ERRORS = "error errors exception fault"
_CODES = "status status_code statusCode code"
_TEXTS = "message error detail details msg title"
_STATUS_MIN = const(400)
_MARK = b"\xef\xbb\xbf"


def read(response) -> tuple:
    """Return (kind, members, words) of an answer.

    members: of an OBJECT or ERROR, otherwise {}. words: the title of a page, the message of an
    error, or the names of an object's members; at most 40 printable characters of ASCII.
    A compressed body is replaced by the unpacked one.
    """
    is_packed = response.body[:2] == b"\x1f\x8b"
    if is_packed:
        from wherry.http import gzip_answer

        gzip_answer.unpack(response)
    body = bytes(response.body)
    body = (body[3:] if body[:3] == _MARK else body).strip()
    members = _members(body)
    if members is not None:
        error = _error(members)
        kind, words = (OBJECT, ", ".join(sorted(members))) if error is None else (ERROR, error)
        return kind, members, _shown(words.encode("utf-8", "replace"))
    from wherry.http.web_page import is_page

    if is_page(response):
        return PAGE, {}, _shown(_title(body))
    return (OTHER if body or is_packed else EMPTY), {}, ""


def _members(body):
    """Return the members of an object of JSON, or None if the body is anything else."""
    if body[:1] != b"{":
        return None
    try:
        found = json.loads(body)
    # CPython has a RuntimeError for nesting too deep, the chip a MemoryError.
    except (ValueError, TypeError, RuntimeError, MemoryError):
        return None
    # MicroPython also takes a number as a name.
    if type(found) is not dict or [name for name in found if type(name) is not str]:
        return None
    return found


def note(status: int, content: tuple) -> str:
    """Return the words for an answer whose content is not the one that its API documents."""
    kind, _, words = content
    text = "HTTP %d, but %s" % (status, _NAMES[kind])
    return '%s: "%s"' % (text, words) if words else text


def count_in(content: tuple, sent: int, default, names=None):
    """Return the number of stored readings in an object, which is `count`, or None without one.

    default: the number without a member `count`. names: the only members that the object may have,
    if no sentence in it shows whose it is; it then has not more than the readings `sent`.
    """
    kind, members, _ = content
    found = members.get("count", default)
    if kind != OBJECT or type(found) is not int or found < 0:
        return None
    if names and (found > sent or [name for name in members if name not in names]):
        return None
    return found


def _error(members):
    """Return the text of the error that an object states, "" without a text, None without one."""
    said = members.get("status")
    is_failure = type(said) is str and said.lower() in _FAILURES.split()
    if is_failure or False in (members.get("success"), members.get("ok")):
        return _message(members)
    for name in _ERRORS.split():
        if members.get(name):
            return _message(members)
    for name in _CODES.split():
        code = members.get(name)
        if type(code) is int and code >= _STATUS_MIN:
            return _message(members)
    return None


def _message(members):
    for name in _TEXTS.split():
        text = members.get(name)
        if type(text) is dict:
            text = text.get("message")
        if type(text) is str:
            return text
    return ""


def _title(body):
    """Return the bytes of a page's title, b"" without one."""
    at = body.lower().find(b"<title")
    start = body.find(b">", at) + 1
    if at < 0 or not start:
        return b""
    end = body.find(b"<", start)
    return body[start:] if end < 0 else body[start:end]


def _shown(text):
    """Return the beginning of a text in UTF-8 with a question mark for each foreign character."""
    shown = bytearray()
    for byte in text:
        if byte in b" \t\r\n":
            if shown[-1:] != b" ":
                shown.append(32)
        elif byte == 34:
            shown.append(39)
        elif byte < 128 or byte >= 192:
            shown.append(byte if 32 < byte < 127 else 63)
        if len(shown) > _WORDS_SIZE_MAX:
            break
    return shown[:_WORDS_SIZE_MAX].decode().strip()
