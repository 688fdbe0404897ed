"""The virtual board's TLS: certificates, its own clock, and the chip's errors."""

import socket
import ssl

import pytest
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
from support.boards.virtual_boards import served
from wherry_host.server.certs import Authority

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
