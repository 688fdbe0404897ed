"""Recorded exchanges with the real open-source servers, replayed byte for byte to ours."""

import gzip
import http.client
import json
import re
import sqlite3
import ssl
import time
from dataclasses import dataclass
from socket import create_connection

from support.places import DATA

_RECORD = json.loads((DATA / "harbor_oss_replayed.json").read_text())
API_KEY = _RECORD["api_key"]
_NOT_KEPT = ("date", "content-length", "connection", "access-control-allow-credentials")
_ROWS_KEPT = 20
_TIMEOUT_S = 10
_PROBE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
# These words are followed by the message of Go's JSON parser about a body, which is not imitated.
_PARSER_SAYS = re.compile(
    r'(.*"details":"(?:Could not parse JSON|Expected a JSON array): )'
    r"(?:invalid character|unexpected end of JSON|json: cannot unmarshal).*"
)


@dataclass(frozen=True)
class Case:
    """One recorded request and its outcome; `stored` is None if that was not recorded."""

    version: int
    name: str
    ship: str
    pieces: list
    status: int
    headers: dict | None
    body: str
    connection: str
    stored: list | None

    @property
    def title(self):
        return f"v{self.version} {self.name}"

    @property
    def request(self):
        """Return the bytes to send."""
        text = "".join(_piece(piece) for piece in self.pieces)
        return text.replace("{api_key}", API_KEY).encode("latin-1")

    def differences(self, seen):
        """Return {part of the exchange: (recorded, seen)}, for the parts that differ.

        A value of -0.0 equals 0.0: SQLite drops its sign.
        """
        body, our_body = _comparable(self.body, seen.body)
        recorded = {
            "status": self.status,
            "headers": _RECORD["headers"] if self.headers is None else self.headers,
            "body": body,
            "connection": self.connection,
            "stored": self._rows(seen),
        }
        ours = {
            "status": seen.status,
            "headers": seen.headers,
            "body": our_body,
            "connection": seen.connection,
            "stored": [seen.dated(row) for row in seen.rows],
        }
        return {
            part: (recorded[part], ours[part]) for part in ours if recorded[part] != ours[part]
        }

    def _rows(self, seen):
        """Return the recorded rows; without them, expect as many rows as the answer counts."""
        if self.stored is not None:
            return [(self.ship, *row) for row in self.stored]
        count = json.loads(self.body)["count"]
        return seen.rows if len(seen.rows) == count else f"{count} rows"


@dataclass(frozen=True)
class Seen:
    """The local server's answer and stored rows of (ship, cargo, time_us, value)."""

    status: int
    headers: dict
    body: str
    connection: str
    rows: list
    sent_us: int
    answered_us: int

    def dated(self, row):
        """Return the row, with its time replaced by "now" if it is within the exchange."""
        ship, cargo, time_us, value = row
        within = self.sent_us <= time_us <= self.answered_us
        return (ship, cargo, "now" if within else time_us, value)


CASES = [Case(*case) for case in _RECORD["cases"]]


class Replayer:
    """Sends cases to a running service and reads its database."""

    def __init__(self, service):
        self._address = ("127.0.0.1", int(service.url.rpartition(":")[2]))
        self._trust = ssl.create_default_context(cafile=service.ca)
        self._db = sqlite3.connect(service.db)
        self._last_row = 0

    def close(self):
        self._db.close()

    def send(self, case):
        """Return the outcome of a case as a `Seen`."""
        raw = create_connection(self._address, timeout=_TIMEOUT_S)
        with raw, self._trust.wrap_socket(raw, server_hostname="localhost") as sock:
            sent_us = _now_us()
            sock.sendall(case.request)
            status, headers, body = _read_answer(sock, case.pieces[0].split(" ")[0])
            answered_us = _now_us()
            connection = _state(sock, case.connection)
        rows = self._new_rows(case)
        return Seen(status, headers, body, connection, rows, sent_us, answered_us)

    def _new_rows(self, case):
        query = "SELECT rowid, device, channel, time_us, value FROM points WHERE rowid > ?"
        rows = self._db.execute(query, (self._last_row,)).fetchall()
        self._last_row = max([self._last_row, *(row[0] for row in rows)])
        rows = sorted(row[1:] for row in rows)
        if case.stored is None or len(case.stored) < _ROWS_KEPT:
            return rows
        return rows[:_ROWS_KEPT]


def _piece(piece):
    if isinstance(piece, str):
        return piece
    if isinstance(piece, list):
        return piece[0] * piece[1]
    items = (piece["each"].replace("{n}", str(number)) for number in range(piece["count"]))
    return ",".join(items)


def _comparable(recorded, ours):
    """Return both bodies without the parts that may differ."""
    if recorded.endswith("…"):
        recorded = recorded[:-1]
        return recorded, ours[: len(recorded)]
    said = _PARSER_SAYS.fullmatch(recorded)
    if said and re.fullmatch(re.escape(said[1]) + r'([^"\\]|\\.)+"}', ours):
        return said[1], said[1]
    return recorded, ours


def _read_answer(sock, method):
    response = http.client.HTTPResponse(sock, method=method)
    response.begin()
    body = response.read()
    headers = {
        name.lower(): value
        for name, value in response.getheaders()
        if name.lower() not in _NOT_KEPT
    }
    if response.getheader("content-encoding") == "gzip":
        return response.status, headers, "GZ" + gzip.decompress(body).decode()
    return response.status, headers, body.decode()


def _state(sock, expected):
    """Return "open" if the connection accepts another request, otherwise "closed"."""
    try:
        if expected == "open":
            sock.sendall(_PROBE)
            return "open" if _read_answer(sock, "GET")[0] == 200 else "closed"
        return "open" if sock.recv(1) else "closed"
    except TimeoutError:
        return "open"
    except (OSError, http.client.HTTPException):
        return "closed"


def _now_us():
    return time.time_ns() // 1000
