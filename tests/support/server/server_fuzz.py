"""A running service under mutated requests: nothing raises, and it continues to answer.

Some answers of status 500 are modelled, because the vendors' servers fail in this way: they are
JSON in the vendor's words. An exception leads to plain text, and to a line in the log.
"""

import contextlib
import http.client
import json
import logging
import random
import socket
from typing import get_args
from urllib.parse import urlsplit

import h11
from support.server import fuzzed_requests
from support.server.request_mutations import mutated
from wherry_host.server.dialect import PROFILES
from wherry_host.server.dns import DnsSwitches
from wherry_host.server.faults import RequestKind
from wherry_host.server.http_heads import HEAD_SIZE_MAX
from wherry_host.server.service import Service
from wherry_host.server.sntp import SntpSwitches

_TIMEOUT_S = 30
# After this many mutated requests, new valid ones are sent, from which later mutations start.
_TURN_COUNT = 100
# Of Harbor v2, of SensoCan, and two of Harbor v1 for a time that Go cannot write as JSON.
_SERVER_ERRORS = {
    "Internal Server Error",
    "Server Error",
    "Failed to prepare data for queue",
    "Failed to prepare batch data",
}
_UNLIMITED = {"sensocan": {"requests_per_min": 10**9}}
_ASK_TIME = b"\x23" + bytes(47)
_ASK_NAME = b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x04test\x00\x00\x01\x00\x01"


class Errors(logging.Handler):
    """Collects what is logged as an error: the traceback of an uncaught exception."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.texts = []

    def emit(self, record):
        self.texts.append(self.format(record))


@contextlib.contextmanager
def logged_errors():
    """Yield the list of the error messages that are logged inside `with`."""
    errors = Errors()
    logging.getLogger().addHandler(errors)
    try:
        yield errors.texts
    finally:
        logging.getLogger().removeHandler(errors)


def is_no_request(request):
    """Return True if h11 finds no request in the octets, or a head that is too long."""
    octets = request.octets()
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(octets)
    try:
        reader.next_event()
    except h11.RemoteProtocolError:
        return True
    return octets.find(b"\r\n\r\n") > HEAD_SIZE_MAX


def _end_stream(own):
    # The server may have reset the connection already: ENOTCONN is not a ConnectionError.
    with contextlib.suppress(OSError):
        own.shutdown(socket.SHUT_WR)


class Wire:
    """Sends requests to a port of loopback over one connection as long as it lasts."""

    def __init__(self, port):
        self._port = port
        self._socket = None

    def close(self):
        if self._socket:
            self._socket.close()
            self._socket = None

    def connect(self):
        return socket.create_connection(("127.0.0.1", self._port), timeout=_TIMEOUT_S)

    def ask(self, request):
        """Return (status, content type, body) of the answer to a whole request."""
        if self._socket:
            # The connection may have been closed since, or cut by the admin API.
            with contextlib.suppress(ConnectionError, http.client.BadStatusLine):
                return self._answer(request)
            self.close()
        self._socket = self.connect()
        try:
            return self._answer(request)
        except (ConnectionError, http.client.BadStatusLine):
            # Data that is not a request ends the connection immediately. If the body is still
            # being sent, a reset may arrive before the refusal.
            if not is_no_request(request):
                raise
            self.close()
            return 400, None, b""

    def _answer(self, request):
        self._socket.sendall(request.octets())
        answer = http.client.HTTPResponse(self._socket, method=request.method.decode("latin-1"))
        answer.begin()
        body = answer.read()
        if answer.will_close:
            self.close()
        return answer.status, answer.headers.get("content-type"), body

    def ask_half(self, request):
        """Send a request that may lack an end, end the stream, and read the answer."""
        with contextlib.suppress(ConnectionError), self.connect() as own:
            own.sendall(request.octets())
            _end_stream(own)
            while own.recv(65536):
                continue


class Target:
    """One service, its requests, and the checks of its answers."""

    def __init__(self, service, chance, logged):
        self._service, self._chance, self._logged = service, chance, logged
        self._wires = [Wire(urlsplit(each).port) for each in (service.url, service.admin_url)]
        self.statuses = {}

    def families(self):
        """Return the valid requests, those of the admin API last."""
        return fuzzed_requests.families(self._service, f"{self._chance.getrandbits(64):x}")

    def check_valid(self):
        """Send the valid requests; expect an answer to each."""
        families = self.families()
        for family in families:
            wire = self._wire(family, families)
            for request in family:
                status, _, body = wire.ask(request)
                wanted = 401 if request.target == b"/admin/shutdown" else 299
                assert status <= wanted, (request, status, body)
            self._clear()
        assert not self._logged, self._logged[0]

    def turn(self, count):
        """Send `count` mutated requests."""
        families = self.families()
        for _ in range(count):
            family = self._chance.choice(families)
            request = mutated(self._chance.choice(family), self._chance)
            wire = self._wire(family, families)
            if request.is_whole:
                self._judge(request, *wire.ask(request))
            else:
                wire.ask_half(request)
            if family is families[-1]:
                self._strike()
                self._clear()
            assert not self._logged, (request, self._logged[0])

    def close(self):
        for wire in self._wires:
            wire.close()

    def _wire(self, family, families):
        return self._wires[family is families[-1]]

    def _judge(self, request, status, kind, body):
        self.statuses[status] = self.statuses.get(status, 0) + 1
        assert status < 500 or (status == 500 and kind == "application/json"), (request, status)
        if status == 500 and body:
            assert json.loads(body)["message"] in _SERVER_ERRORS, (request, body)

    def _strike(self):
        """Trigger the active faults and switches, whatever their effect on the client."""
        service = self._service
        faults = service.faults.all()
        if service.sntp_server.switches != SntpSwitches():
            self._ask_udp(service.sntp, _ASK_TIME)
        if service.dns_server.switches != DnsSwitches():
            self._ask_udp(service.dns, _ASK_NAME)
        if not faults:
            return
        wire = Wire(urlsplit(service.url).port)
        families = self.families()
        request = families[0][2]
        if all(fault.kind in get_args(RequestKind) for fault in faults):
            with contextlib.suppress(ConnectionError, http.client.HTTPException):
                wire.ask(request)
        else:
            with contextlib.suppress(ConnectionError), wire.connect() as own:
                own.sendall(request.octets())
                self._clear()
                (cut,) = (each for each in families[-1] if each.target == b"/admin/connections")
                self._wires[1].ask(cut)
                while own.recv(65536):
                    continue
        wire.close()

    def _ask_udp(self, place, packet):
        host, _, port = place.partition(":")
        with socket.socket(type=socket.SOCK_DGRAM) as own:
            own.sendto(packet, (host, int(port)))

    def _clear(self):
        self._service.set_faults()
        self._service.sntp_server.switches = SntpSwitches()
        self._service.dns_server.switches = DnsSwitches()


def check(count, seed):
    """Send `count` mutated requests to services of both profiles; return {status: answers}."""
    statuses = {}
    for number, profile in enumerate(PROFILES):
        chance = random.Random(seed + number)
        options = {"profile": profile, "plain_http": True, "switches": _UNLIMITED}
        with logged_errors() as logged, Service(**options) as service:
            target = Target(service, chance, logged)
            with contextlib.closing(target):
                for done in range(0, count // len(PROFILES), _TURN_COUNT):
                    target.check_valid()
                    try:
                        target.turn(_TURN_COUNT)
                    except Exception as error:
                        place = f"seed {seed}, profile {profile}, after {done}"
                        raise AssertionError(f"{place}: {error!r:.3000}") from error
                target.check_valid()
        assert not logged, logged[0]
        for status, times in target.statuses.items():
            statuses[status] = statuses.get(status, 0) + times
    return statuses
