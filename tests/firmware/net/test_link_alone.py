"""firmware/net/link.py on MicroPython itself, over a scripted network: requests and answers.

The script of a connection is in support/chip/net.py. test_spine_*.py have real servers.
"""

import pytest
from support.boards.firmware_run import found_by

PROGRAM = """
import net
from net import Net, Station, Tls
net.use()
mount({"/ca/0.der": "first", "/ca/1.der": "second"})
from link import Link
from wherry.http.request import make_request
from wherry.stage.state import new_state

Net.answer = lambda packet, port: net.dns_answer(packet)
Net.delays_ms = given["delays_ms"]
Net.scripts = given["scripts"]
Net.piece, Net.connect_ms = given["piece"], given["connect_ms"]
idle_ms = []
state, ports = new_state(), Ports()
# The boot began when the RTC showed this.
state.zero_ms = Clock.now_ms = 50_000
settings = {"wifi": [], "time": {"sntp": []}, "node": {"host_name": "hut"}}
link = Link(settings, state, ports, "/ca", 0, [])
def raised(name):
    raise {"ValueError": ValueError, "RuntimeError": RuntimeError, "OSError": OSError}[name](name)
def failing(pieces):
    for piece in pieces:
        if piece[0] == "~":
            Clock.now_ms += int(piece[1:])
        else:
            yield piece.encode() if piece[0] != "!" else raised(piece[1:])
def idle():
    idle_ms.append(Clock.now_ms)
    if given.get("idle_fails"):
        raised(given.pop("idle_fails"))
link.idle = idle
found = []
for method, url, body, deadline_ms, ca in given["requests"]:
    size = sum([len(piece) for piece in body if piece[0] != "~"]) if body else None
    request = make_request(method, url, (), size, failing(body))
    state.lease_due, begin_ms, room = 9, Clock.now_ms, len(link._room)
    try:
        reader = link.exchange(request, begin_ms + deadline_ms, ca)
        outcome = [reader.status, str(reader.body, "utf-8"), reader.body_size]
    except OSError as error:
        outcome = str(error)
    except Exception as error:
        outcome = "%s: %s" % (type(error).__name__, error)
    found.append({
        "outcome": outcome, "took_ms": Clock.now_ms - begin_ms, "open": link._stream is not None,
        "due": [state.server_due, state.lease_due], "rooms": [room > 0, len(link._room) > 0],
        "left": [request.url, request.headers, request.body],
    })
link.close()
gaps = [b - a for a, b in zip([50_000] + idle_ms, idle_ms)]
roots = [[context.verify_mode, context.roots] for context in Tls.contexts]
found = {"each": found, "log": Net.log, "gap_ms": max(gaps or [0]), "roots": roots,
         "idled": len(idle_ms)}
"""
OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
CLOSES = OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
URL = "http://hut.example.com/a"
ANSWERED = [200, "hi", 2]


def get(url=URL, method="GET", body=(), deadline_ms=20_000, ca=()):
    """Return a request in the program's form."""
    return method, url, list(body), deadline_ms, list(ca)


def exchanged(*requests, scripts, **more):
    """Return the program's results of these requests."""
    given = {"delays_ms": [0] * 5, "piece": 1 << 16, "connect_ms": 0, **more}
    return found_by(PROGRAM, {"requests": requests, "scripts": scripts, **given})[0]


def connections(found):
    """Return the addresses of the connections."""
    return [entry[1:] for entry in found["log"] if entry[0] == "connect"]


def sent(found):
    """Return the bytes sent over each connection."""
    return [entry[1] for entry in found["log"] if entry[0] == "closed" and entry[1:]]


# Connections


def test_a_host_is_looked_up_at_the_networks_name_server_and_its_address_is_kept():
    found = exchanged(get(), get("http://hut.example.com:81/b"), scripts=[[OK], [OK]])
    asked = [entry[1:3] for entry in found["log"] if entry[0] == "asked"]
    assert asked == [["192.168.4.53", 53]]
    assert connections(found) == [["10.1.2.3", 80], ["10.1.2.3", 81]]
    assert [each["outcome"] for each in found["each"]] == [ANSWERED] * 2
    assert found["each"][0]["left"] == [None] * 3 and found["each"][0]["due"] == [3_600_000, 9]


@pytest.mark.parametrize(("script", "took_ms"), [
    ([], 5_000), (["refused"], 0), (["refused later"], 0),
])  # fmt: skip
def test_a_kept_address_that_does_not_answer_is_looked_up_again_immediately(script, took_ms):
    more = {"connect_ms": [0, 99_000, 0]} if not script else {}
    found = exchanged(
        get(), get("http://hut.example.com:81/b"), scripts=[[OK], script, [OK]], **more
    )
    first, second = found["each"]
    assert [first["outcome"], second["outcome"]] == [ANSWERED] * 2
    assert second["took_ms"] == took_ms and second["due"][0] > 3_600_000 - 1
    assert [entry[0] for entry in found["log"]].count("asked") == 2
    assert connections(found) == [["10.1.2.3", 80], ["10.1.2.3", 81], ["10.1.2.3", 81]]


def test_a_connection_is_used_again_until_the_server_closes_it():
    found = exchanged(get(), get(), scripts=[[OK, None, OK]])
    assert len(connections(found)) == 1 and len(found["each"]) == 2
    assert sent(found)[0].count("GET /a HTTP/1.1\r\n") == 2 and found["each"][0]["open"]
    # Anything to read there can only be the end of the connection.
    found = exchanged(get(), get(), scripts=[[OK, ""], [OK]])
    assert len(connections(found)) == 2 and found["each"][1]["outcome"] == ANSWERED
    found = exchanged(get(), get(), scripts=[[CLOSES], [OK]])
    assert len(connections(found)) == 2 and not found["each"][0]["open"]


# Requests


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
def test_a_request_is_sent_completely_in_pieces_of_any_size(piece):
    post = get(method="POST", body=["bo", "dy"])
    scripts = [["full", "full", "sent", OK]]
    found = exchanged(post, scripts=scripts, piece=piece)
    assert found["each"][0]["outcome"] == ANSWERED
    (text,) = sent(found)[:1]
    assert text.startswith("POST /a HTTP/1.1\r\n") and text.endswith("\r\n\r\nbody")
    assert "Content-Length: 4\r\n" in text


@pytest.mark.parametrize(("status", "outcome"), [
    (200, "hut.example.com: answered too early"), (299, "hut.example.com: answered too early"),
    (300, [300, "hi", 2]), (401, [401, "hi", 2]),
])  # fmt: skip
def test_a_server_may_refuse_an_unread_request_but_not_accept_it(status, outcome):
    post = get(method="POST", body=["bo", "dy"])
    found = exchanged(post, scripts=[[OK.replace("200", str(status))]])
    assert found["each"][0]["outcome"] == outcome
    # An answer after the last byte of the body is in time.
    found = exchanged(post, scripts=[["sent", OK.replace("200", str(status))]])
    assert found["each"][0]["outcome"] == [status, "hi", 2]


# Errors of the node itself


@pytest.mark.parametrize(("error", "outcome"), [
    ("ValueError", "ValueError: ValueError"), ("RuntimeError", "RuntimeError: RuntimeError"),
    ("OSError", "flash: OSError"),
])  # fmt: skip
def test_an_error_of_the_node_is_not_reported_as_the_networks(error, outcome):
    post = get(method="POST", body=["bo", "!" + error])
    found = exchanged(post, get(), scripts=[[OK], [OK]])
    assert [each["outcome"] for each in found["each"]] == [outcome, ANSWERED]
    # The connection with half a request is not used again.
    assert not found["each"][0]["open"] and len(connections(found)) == 2
    # The same holds if a sample is taken during the wait for the server, and then the network
    # fails.
    waits = [[None] * 9 + [OK], [None, ""]]
    found = exchanged(get(), get(), scripts=waits, idle_fails=error)
    assert found["each"][0]["outcome"] == outcome and not found["each"][0]["open"]
    assert found["each"][1]["outcome"].startswith("hut.example.com: ")


# Answers


def test_an_answer_may_come_in_pieces_and_its_body_is_kept_up_to_a_kilobyte():
    pieces = ["HTTP/1.1 200 OK\r\nContent-", None, "Length: 1200\r\n\r\n", *["x" * 200] * 6]
    (each,) = exchanged(get(), scripts=[pieces])["each"]
    assert each["outcome"] == [200, "x" * 1024, 1200]
    (each,) = exchanged(get(), scripts=[["HTTP/1.1 200 OK\r\n\r\n", "to the end", ""]])["each"]
    assert each["outcome"] == [200, "to the end", 10] and not each["open"]


# Failures


@pytest.mark.parametrize(("scripts", "more"), [
    ([[]], {}),
    # An occasional byte does not extend the wait.
    ([["H", *[None] * 30] * 20], {}),
    ([["HTTP/1.1 200 OK\r\nA: " + "x" * 100] * 10 + [None] * 999], {}),
    ([[OK]], {"connect_ms": 99_000}),
    ([["full"] * 9_999], {}),
])  # fmt: skip
def test_the_deadline_ends_every_wait_and_due_sensors_are_read_meanwhile(scripts, more):
    found = exchanged(get(deadline_ms=3_000), scripts=scripts, **more)
    (each,) = found["each"]
    assert each["outcome"].startswith("hut.example.com: ") and not each["open"]
    assert each["took_ms"] == 3_000
    assert found["gap_ms"] <= 100 and found["idled"] > 25


def test_a_request_whose_body_takes_too_long_is_not_completed():
    # The server would store its readings, and the node would send them again.
    late = get(method="POST", body=["bo", "~3000", "dy"], deadline_ms=3_000)
    found = exchanged(late, scripts=[["sent", OK]])
    (each,) = found["each"]
    assert each["outcome"] == "hut.example.com: no answer in time" and not each["open"]
    assert sent(found)[0].endswith("\r\n\r\nbo")
    in_time = get(method="POST", body=["bo", "~2999", "dy"], deadline_ms=3_000)
    assert exchanged(in_time, scripts=[["sent", OK]])["each"][0]["outcome"] == ANSWERED


@pytest.mark.parametrize("script", [["refused"], ["drop"], [""], ["no HTTP\r\n"]])
def test_after_a_failure_address_and_lease_are_requested_again(script):
    found = exchanged(get(), get(), scripts=[script, [OK]])
    failed, again = found["each"]
    assert failed["outcome"].startswith("hut.example.com: ") and failed["due"] == [0, 0]
    assert again["outcome"] == ANSWERED
    assert [entry[0] for entry in found["log"]].count("asked") == 2
    assert len(sent(found)) == 2 and ("GET" in sent(found)[0]) == (script != ["refused"])


# TLS


def test_a_context_trusts_the_roots_of_its_uplink_and_is_kept():
    place, other = "https://hut.example.com/a", "https://quay.example.com/a"
    requests = (
        get(place, ca=["0.der"]),
        get(other, ca=["0.der"]),
        get(place, ca=["1.der", "0.der"]),
    )
    found = exchanged(*requests, scripts=[[OK]] * 3)
    assert found["roots"] == [[2, ["first"]], [2, ["second", "first"]]]
    hosts = ["hut.example.com", "quay.example.com", "hut.example.com"]
    tls = [entry[1:] for entry in found["log"] if entry[0] == "tls"]
    assert tls == [[host, False, 2] for host in hosts]
    assert {port for _, port in connections(found)} == {443}
    assert found["log"].count(["closed tls"]) == len(sent(found)) == 3
    # Its memory is reserved until there is a context.
    assert found["each"][0]["rooms"] == [True, False]
