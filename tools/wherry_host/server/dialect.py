"""What every dialect of the server shares: its table, its API, answers and accepted points.

A dialect is a folder in `dialects/` whose package has one table, `DIALECT`. The server, the demo,
the account and the page read the tables and know of no dialect by name.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

PROFILES = ("cloud", "oss")
#: What a service does with a reading that comes again: it is not stored, it is shown again, or it
#: is stored as a reading of its own.
IGNORED, SHOWN, STORED = "ignored", "shown", "stored"


@dataclass(frozen=True)
class Dialect:
    """The table of a dialect.

    `title` is the service's name, `kind` that of the `[[uplink]]` sections that speak it. `apis`
    are the names under which its points are in the database and faults are switched on, that of
    its Api first.
    `account()` makes an account with new secrets. It has `secrets()`, texts that no log may hold,
    and `summary(url, profile)`, the JSON object of what a client must know.
    `serve(account, profile, **switches)` returns the Api.
    `section(summary, channels)` returns the `[[uplink]]` section of a node that sends these
    channels, without `ca`.
    `takes(uplink)` returns whether a typed section of that kind sends to this Api, and
    `device(uplink, node, account)` the name under which the points of such a node are stored.
    `renamed(account)` returns {name that a node may send: channel that is stored}.
    """

    title: str
    kind: str
    apis: tuple
    account: Callable
    serve: Callable
    section: Callable
    takes: Callable = lambda uplink: True
    device: Callable = lambda uplink, node, account: node
    renamed: Callable = lambda account: {}
    on_repeat: str = IGNORED

    def speaks(self, uplink):
        """Tell whether a typed `[[uplink]]` section sends to this Api."""
        return uplink["kind"] == self.kind and self.takes(uplink)


class Api:
    """What serves a dialect. It never stores, and knows of no fault.

    `name` is its name in the database, `prefix` how its paths begin (a text or several).
    `for_other_paths` marks the one Api that answers for paths of none. `open_server` says whether
    it runs in the framework of the open-source server (open_server.py); such an Api, and the one
    for other paths, have `unfit(status, details)`. `on_secret(text)` is called, where it is set,
    with each secret that is made while the server runs.
    """

    name = ""
    prefix = ()
    body_size_max = 1_048_576
    for_other_paths = False
    open_server = False
    on_secret = None

    def routes(self):
        """Return the Routes."""
        raise NotImplementedError

    def refusal(self, status):
        """Return the Answer for a status that a fault or a limit asks for."""
        raise NotImplementedError

    def not_found(self, method, path):
        """Return the Answer to a path that nothing serves."""
        raise NotImplementedError

    def method_not_allowed(self, allowed):
        """Return the Answer to a known path asked with another method."""
        raise NotImplementedError

    def sender(self, request, body):
        """Return the device that a request itself names, as its points are stored; "" without one.

        Raises ValueError for a body that cannot be read.
        """
        raise NotImplementedError

    def shadow(self, device):
        """Return what an owner desires of a device and what it reported, None without shadows.

        It has `desired` and `reported` (JSON objects); `desire(device, desired, now_us)` of the
        Api replaces the first one and raises ValueError for what is none.
        """
        return


@dataclass
class Answer:
    """One HTTP answer; `body` is JSON content, bytes as they are, or None for no body at all.

    `refused` are the points (device, channel, time_us, value) of a refused request, if known.
    """

    status: int
    body: object = None
    headers: dict = field(default_factory=dict)
    refused: list = field(default_factory=list)

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
    an intake counts for its Api. `items` are (device, JSON content), stored as they came.
    `left_out` are points of the request that the service neither stores nor refuses.
    """

    points: list
    accept: Callable[[int], Answer]
    api: str = ""
    items: list = field(default_factory=list)
    left_out: list = field(default_factory=list)


@dataclass
class Route:
    """One path; `read(request, body, now_us)` returns an Answer (a refusal) or an Intake."""

    path: str
    read: Callable
    method: str = "POST"


def new_key():
    """Return a key or token that nobody can guess."""
    return secrets.token_urlsafe(24)


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
