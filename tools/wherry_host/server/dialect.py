"""What every dialect of the server shares: answers, accepted points, and the text of an answer.

A dialect is one object with `api` (its name in the database), `prefix` (how its paths begin, a
text or several), `open_server` (whether it stands in the framework of the open-source server, see
there),
`body_size_max`, `routes()`, `refusal(status)`, `not_found(method, path)` and
`method_not_allowed(allowed)`; the first one also has `unfit(status, details)`, and so has each in
that framework. Each route's reader gets a request and its body and returns either an Answer (a
refusal) or an Intake (points, and how to answer once they are stored). A dialect never stores
and never knows of faults.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Answer:
    """One HTTP answer; `body` is JSON content, bytes as they are, or None for no body at all."""

    status: int
    body: object = None
    headers: dict = field(default_factory=dict)

    @property
    def content(self):
        """Return the body as bytes."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return encode(self.body)


@dataclass
class Intake:
    """Points (device, channel, time_us, value) of a request, to be stored under `api`.

    `accept(count)` is the answer once so many of them are stored; without an `api` of its own
    an intake counts for its dialect. `items` are (device, JSON content), stored as they came.
    """

    points: list
    accept: Callable[[int], Answer]
    api: str = ""
    items: list = field(default_factory=list)


@dataclass
class Route:
    """One path of a dialect; `read(request, body, now_us)` returns an Answer or an Intake."""

    path: str
    read: Callable
    method: str = "POST"


def encode(body):
    """Return compact JSON as bytes, with <, > and & escaped as the official server does."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        if character in text:
            text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace")


def whole_text(text):
    """Return the text with half surrogate pairs replaced, so that it can be stored."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
