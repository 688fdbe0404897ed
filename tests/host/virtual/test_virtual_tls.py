"""The virtual board's TLS: certificates, its own clock, and the chip's errors."""

import datetime
import socket
import ssl
import time

import pytest
import trustme
from support.boards.tls_client import (
    client_board,
    closes,
    each,
    garbles,
    leaf_of,
    listens,
    met,
    reported,
    resets,
    resets_below,
    says_http,
    shakes_hands,
    tuples,
)
from support.boards.virtual_boards import JOIN, board_with, put, served
from wherry_host.server.certs import Authority

TLS = (
    JOIN
    + """
import tls
join()
machine.RTC().datetime(DATE)
def get(name):
    s = socket.socket()
    s.setblocking(False)
    try: s.connect(("10.0.0.1", PORT))
    except OSError as error: assert error.errno == EINPROGRESS
    poller = select.poll()
    poller.register(s, select.POLLOUT)
    assert poller.poll(2000)
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED
    context.load_verify_locations(open("ca.der", "rb").read())
    t = context.wrap_socket(s, server_hostname=name, do_handshake_on_connect=False)
    poller = select.poll()
    poller.register(t, select.POLLIN | select.POLLOUT)
    request = b"hello harbor" * 500
    while request:
        poller.poll(100)
        request = request[t.write(request) or 0:]
    poller.modify(t, select.POLLIN)
    answer = b""
    while len(answer) < 6000:
        assert poller.poll(2000)
        answer += t.read(1000) or b""
    t.close()
    return len(answer)
for name in ("harbor.example", "other.example"):
    try: print(name, get(name))
    except (OSError, ValueError) as error: print(name, error.args)
"""
)


def _tls_lines(tmp_path, date, **options):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    day = datetime.timedelta(days=1)
    yesterday = datetime.datetime.now(datetime.UTC) - day
    authority.issue_cert(
        "harbor.example", not_before=yesterday, not_after=yesterday + 9 * day
    ).configure_cert(context)

    def serve(listener):
        while True:
            raw, _ = listener.accept()
            try:
                with context.wrap_socket(raw, server_side=True) as connection:
                    while received := connection.recv(4096):
                        connection.sendall(received)
            except OSError:
                raw.close()

    with served(socket.SOCK_STREAM, serve) as port:
        program = TLS.replace("PORT", str(port)).replace("DATE", str((*date[:3], 0, 0, 0, 0, 0)))
        board = board_with(tmp_path, program + "print('end')", **options)
        der = ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode())
        put(board, "ca.der", der)
        with board:
            board.wait_line("end")
            return [text for _, text in board.lines]


def test_tls_verifies_through_non_blocking_sockets(tmp_path):
    lines = _tls_lines(tmp_path, time.gmtime())
    assert lines[0] == "harbor.example 6000"
    assert lines[1].startswith("other.example") and "CN" in lines[1]


def test_tls_sees_the_board_s_own_clock(tmp_path):
    lines = _tls_lines(tmp_path, (2000, 6, 1), faketime=True)
    assert "validity starts in the future" in lines[0]
    lines = _tls_lines(tmp_path / "later", time.gmtime(), faketime=True)
    assert lines[0] == "harbor.example 6000"


# MicroPython's modtls_mbedtls.c on the numbers of Mbed TLS's ssl.h: the chip's image has their
# names as well (lib/mbedtls_errors).
CERTIFICATES = {
    "expired": "The certificate validity has expired",
    "not_yet_valid": "The certificate validity starts in the future",
    "other_authority": "The certificate is not correctly signed by the trusted CA",
    "wrong_name": "The certificate Common Name (CN) does not match with the expected CN",
}
SERVERS = {
    "tls13": (
        (-30592, "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE"),
        "the server refused TLS (error -30592, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)",
    ),
    "plain": (
        (-29184, "MBEDTLS_ERR_SSL_INVALID_RECORD"),
        "the server does not speak TLS (error -29184, MBEDTLS_ERR_SSL_INVALID_RECORD)",
    ),
    "closes": (
        (-29312, "MBEDTLS_ERR_SSL_CONN_EOF"),
        "the server hung up (error -29312, MBEDTLS_ERR_SSL_CONN_EOF)",
    ),
    "resets": ((104,), "the server refused or reset the connection (ECONNRESET)"),
}


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_bad_certificate_is_reported_in_the_chip_s_words(tmp_path, kind):
    authority, words = Authority(), CERTIFICATES[kind]
    serve = shakes_hands(tmp_path, leaf_of(authority, kind), listens)
    assert met(tmp_path, serve, authority) == ("ValueError", (f"\n{words}\n",), words)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_failed_handshake_has_the_chip_s_numbers_and_names(tmp_path, kind):
    authority = Authority()
    leaf = leaf_of(authority)
    serve = {
        "tls13": shakes_hands(tmp_path, leaf, listens, ssl.TLSVersion.TLSv1_3),
        "plain": each(says_http),
        "closes": each(closes),
        "resets": each(resets),
    }[kind]
    assert met(tmp_path, serve, authority) == ("OSError", *SERVERS[kind])


def test_a_client_without_a_root_or_a_name_gets_an_error(tmp_path):
    authority = Authority()
    serve = shakes_hands(tmp_path, leaf_of(authority), listens)
    with served(socket.SOCK_STREAM, serve) as port:
        no_root, no_name, no_certificate = reported(
            tmp_path,
            authority,
            f"meet('no root', {port}, blocking, None)\n"
            f"meet('no name', {port}, blocking, 'ca.der', None)\n"
            "tell('no certificate', context().load_verify_locations, b'nonsense')",
        )
    assert no_root[1:3] == ("OSError", (-30336, "MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED"))
    assert no_name[1:3] == ("ValueError", ("CERT_REQUIRED requires server_hostname",))
    assert no_certificate[1:3] == ("ValueError", ("invalid cert",))


@pytest.mark.parametrize(
    ("action", "arguments"),
    [(resets_below, (104,)), (garbles, (-29056, "MBEDTLS_ERR_SSL_INVALID_MAC"))],
)
def test_a_broken_connection_repeats_its_error(tmp_path, action, arguments):
    authority = Authority()
    program = """
t, poller = stepwise(opened(PORT))
poller.modify(t, select.POLLIN)
while not poller.poll(100): pass
for function, argument in ((t.read, 1), (t.read, 1), (t.write, b"x")):
    tell("broken", function, argument)
print((poller.poll(0)[0][1],))
"""
    serve = shakes_hands(tmp_path, leaf_of(authority), action)
    with served(socket.SOCK_STREAM, serve) as port:
        *errors, flags = reported(tmp_path, authority, program.replace("PORT", str(port)))
    assert [error[1:3] for error in errors] == [("OSError", arguments)] * 3
    assert flags == (32,)  # POLLNVAL


def test_the_loss_of_wifi_ends_connections_for_good(tmp_path):
    authority = Authority()
    program = """
t, poller = stepwise(opened(PORT))
plain = opened(PORT)
print("open")
while wlan.isconnected(): time.sleep_ms(50)
poller.modify(t, select.POLLIN)
print((len(poller.poll(0)),))
tell("lost TLS", t.read, 1)
tell("lost TCP", plain.recv, 1)
while machine.Pin(4).value() == 0: time.sleep_ms(50)
join()
tell("joined again", t.write, b"x")
tell("joined again", plain.send, b"x")
t.close(); plain.close()
print((stepwise(opened(PORT)) is not None,))
"""
    serve = shakes_hands(tmp_path, leaf_of(authority), listens)
    with served(socket.SOCK_STREAM, serve) as port:
        program = program.replace("PORT", str(port))
        with client_board(tmp_path, authority, program, scale=10) as board:
            board.wait_line("^open$")
            board.wifi(up=False)
            board.wait_line("'lost TCP'")
            board.wifi(up=True)
            board.pin(4, 1)
            board.wait_line("^end$")
            count, *errors, again = tuples(board)
    assert (count, again) == ((1,), (True,))
    text = "the connection was aborted (ECONNABORTED)"
    assert [error[1:] for error in errors] == [("OSError", (113,), text)] * 4
