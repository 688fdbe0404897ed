"""A TLS client on the virtual board, and servers on this computer to which it connects."""

import ast
import socket
import ssl
import struct
import time
from contextlib import suppress

from support.boards.virtual_boards import JOIN, board_with, put, served
from wherry_host.places import firmware_sources

CLIENT = (
    JOIN
    + """
import tls
from failure import words
def opened(port):
    s = socket.socket()
    s.connect(("10.0.0.1", port))
    return s
def context(root="ca.der"):
    made = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    if root: made.load_verify_locations(open(root, "rb").read())
    return made
def blocking(s, root="ca.der", name="localhost"):
    context(root).wrap_socket(s, server_hostname=name)
def stepwise(s):
    s.setblocking(False)
    t = context().wrap_socket(s, server_hostname="localhost", do_handshake_on_connect=False)
    poller = select.poll()
    poller.register(t, select.POLLIN | select.POLLOUT)
    while not t.write(b"hello"): poller.poll(100)
    return t, poller
def tell(case, function, *arguments):
    try: function(*arguments)
    except Exception as error: print((case, type(error).__name__, error.args, words(error)))
def meet(case, port, function, *arguments):
    s = opened(port)
    tell(case, function, s, *arguments)
    s.close()
"""
)


def each(action):
    """Return a function that serves a listener: it calls `action(raw)` for each connection."""

    def serve(listener):
        while True:
            raw, _ = listener.accept()
            with raw, suppress(OSError):
                action(raw)

    return serve


def shakes_hands(folder, leaf, then, version=ssl.TLSVersion.TLSv1_2):
    """Return a function that serves TLS from a version on, and then calls `then(secured)`."""
    (folder / "leaf.pem").write_bytes(leaf)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    context.minimum_version = version

    def action(raw):
        with context.wrap_socket(raw, server_side=True) as secured:
            then(secured)

    return each(action)


def listens(secured):
    while secured.recv(4096):
        pass


def says_http(raw):
    raw.recv(4096)
    raw.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    raw.recv(4096)


def closes(raw):
    raw.recv(4096)
    raw.shutdown(socket.SHUT_WR)
    raw.recv(4096)


def resets(raw):
    raw.recv(4096)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()


def resets_below(secured):
    resets(socket.socket(fileno=secured.detach()))


def garbles(secured):
    secured.recv(4096)
    with socket.socket(fileno=secured.detach()) as raw:
        raw.sendall(b"\x17\x03\x03\x00\x40" + b"\xa5" * 64)
        listens(raw)


def client_board(folder, authority, program, **options):
    """Return a board whose program is CLIENT and this one; it trusts the authority."""
    board = board_with(folder, f"{CLIENT}\njoin()\n{program}\nprint('end')\n", **options)
    put(board, "ca.der", authority.der)
    put(board, "failure.py", firmware_sources()["failure"].read_text())
    return board


def reported(folder, authority, program):
    """Run the program with its servers; return its results as a list of tuples."""
    with client_board(folder, authority, program) as board:
        board.wait_line("^end$")
        return tuples(board)


def tuples(board):
    """Return the tuples among the lines of a board."""
    return [ast.literal_eval(text) for _, text in board.lines if text.startswith("(")]


def met(folder, serve, authority):
    """Return the results of a blocking handshake with a server, and of one in steps."""
    with served(socket.SOCK_STREAM, serve) as port:
        actions = ("blocking", "stepwise")
        program = "\n".join(f"meet('{action}', {port}, {action})" for action in actions)
        blocking, stepwise = reported(folder, authority, program)
    assert blocking[1:] == stepwise[1:]
    return blocking[1:]


def leaf_of(authority, kind="good"):
    return authority.leaf(time.time_ns() // 1000, kind=kind)
