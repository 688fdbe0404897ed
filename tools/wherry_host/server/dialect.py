"""The common parts of the server's dialects: the table, the API, answers and accepted points.

A dialect is a folder in `dialects/` whose package has one table, `DIALECT`. The server, the demo,
the account and the page read the tables and know no dialect by name.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

PROFILES = ("cloud", "oss")
#: What a service does with a repeated reading: it does not store it, shows it again, or stores it
#: as a separate reading.
IGNORED, SHOWN, STORED = "ignored", "shown", "stored"


@dataclass(frozen=True)
class Dialect:
    """The table of a dialect.

    `title` is the service's name, `kind` the kind of the `[[uplink]]` sections that use it. `apis`
    are the names for its points in the database and for its faults; its Api's name is the first.
    `account()` creates an account with new secrets. The account has `secrets()`, the strings that
    must not be in a log, and `summary(url, profile)`, a JSON object with everything that a client
    must know. `serve(account, profile, **switches)` returns the Api. `section(summary, channels)`
    returns the `[[uplink]]` section of a node that sends these channels, without `ca`.
    `takes(uplink)` returns True if a typed section of that kind sends to this Api, and
    `device(uplink, node, account)` returns the name under which the points of such a node are
    stored. `renamed(account)` returns {name that a node may send: channel that is stored}.
    `adopt(account, names)` makes the account know the sensors with these names.
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
    adopt: Callable = lambda account, names: None
    on_repeat: str = IGNORED

    def speaks(self, uplink):
        """Return True if a typed `[[uplink]]` section sends to this Api."""
        return uplink["kind"] == self.kind and self.takes(uplink)


class Api:
    """The API of a dialect. It never stores points and knows nothing of faults.

    `name` is its name in the database, `prefix` the beginning of its paths (one or several).
    `for_other_paths` marks the one Api that answers for paths of no dialect. `open_server` is true
    if it runs in the framework of the open-source server (open_server.py). Such an Api, and the
    Api for other paths, have `unfit(status, details)`. `on_secret(text)`, if set, is called with
    each secret that is created while the server runs.
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
        """Return the Answer for a status that a fault or a limit requires."""
        raise NotImplementedError

    def not_found(self, method, path):
        """Return the Answer to a path that nothing serves."""
        raise NotImplementedError

    def method_not_allowed(self, allowed):
        """Return the Answer to a known path that is requested with another method."""
        raise NotImplementedError

    def sender(self, request, body):
        """Return the device that a request names, under its stored name, or "" if it names none.

        Raises ValueError for a body that cannot be read.
        """
        raise NotImplementedError

    def shadow(self, device):
        """Return the desired and reported states of a device, or None if the Api has no shadows.

        The result has `desired` and `reported` (JSON objects). The Api's `desire(device, desired,
        now_us)` replaces the desired state and raises ValueError if the new state is invalid.
        """
        return


@dataclass
class Answer:
    """One HTTP answer; `body` is JSON content, raw bytes, or None for no body at all.

    `refused` are the points (device, channel, time_us, value) of a refused request, if known.
    """

    status: int
    body: object = None
    headers: dict = field(default_factory=dict)
    refused: list = field(default_factory=list)

    @property
    def content(self):
        """The body as bytes."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return encode(self.body)


@dataclass
class Intake:
    """Points (device, channel, time_us, value) of a request, to be stored under `api`.

    `accept(count)` returns the answer when `count` of them are stored. An intake without an `api`
    is stored under its Api's name. `items` are (device, JSON content), stored unchanged.
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
    """Return a random key or token."""
    return secrets.token_urlsafe(24)


def encode(body):
    """Return compact JSON as bytes, with <, > and & escaped as the official server does."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        if character in text:
            text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace")


def whole_text(text):
    """Return the text with unpaired surrogates replaced, so that it can be stored."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
