"""The virtual board's radio and sockets: states, times, silence, errno numbers, names."""

import socket

from support.boards.virtual_boards import JOIN, board_with, printed, served
from wherry_host.demo.rig import Rig


def echo(listener):
    while True:
        connection, _ = listener.accept()
        with connection:
            while received := connection.recv(4096):
                connection.sendall(received)


def test_wlan_goes_through_the_chip_s_states_and_times(tmp_path):
    program = JOIN + (
        "print(code(wlan.connect, 'x', 'y'), code(wlan.scan))\n"
        "start = time.ticks_ms(); wlan.active(True); began = took(start, 500)\n"
        "print(began, wlan.status(), wlan.isconnected())\n"
        "start = time.ticks_ms(); found = wlan.scan()\n"
        "print(took(start, 2500), found)\n"
        "start = time.ticks_ms(); wlan.connect('harbor-wifi', 'correct horse')\n"
        "print(wlan.status(), wlan.scan(), code(wlan.connect, 'x', 'y'))\n"
        "while not wlan.isconnected(): time.sleep_ms(5)\n"
        "print(took(start, 1050), wlan.status(), wlan.ifconfig()[0])\n"
        "print(wlan.status('rssi'), wlan.config('mac') == machine.unique_id())\n"
        "wlan.disconnect(); print(wlan.status(), wlan.isconnected())\n"
        "print(code(wlan.ifconfig, 'dhcp')); time.sleep(1); print(code(wlan.ifconfig, 'dhcp'))\n"
        "wlan.config(reconnects=0)\n"
        "wlan.connect('nobody', 'x'); print(wlan.status()); ended(1001)\n"
        "wlan.connect('harbor-wifi', 'wrong'); print(wlan.status()); ended(201)\n"
    )
    lines = printed(tmp_path, program, scale=5)
    point = r"(b'harbor-wifi', b'\x02\x00\x00\x00\x00\x01', 6, -61, 3, False)"
    assert lines == [
        "Wifi Not Started STA must be active",
        "True 1000 False",
        f"True [{point}]",
        "1001 [] Wifi Internal Error",
        "True 1010 192.168.4.23",
        "-61 True",
        "1000 False",
        "Wifi Unknown Error 0x5004",
        "None",
        "1001",
        "201",
        "201",  # The old failure stays until an address comes.
        "202",
    ]


def test_an_open_connection_falls_silent(tmp_path):
    program = JOIN + (
        "join()\n"
        "s = socket.socket()\n"
        "s.connect(socket.getaddrinfo('10.0.0.1', PORT)[0][-1])\n"
        "s.write(b'hello'); print(s.recv(5))\n"
        "s.setblocking(False)\n"
        "poller = select.poll(); poller.register(s, select.POLLIN)\n"
        "print('read', s.read(1), code(s.recv, 1), poller.poll(50))\n"
        "print('ready')\n"
        "while machine.Pin(4).value() == 0: time.sleep_ms(5)\n"
        "print('wrote', s.write(bytes(4000)), s.write(bytes(4000)), s.write(b'x'))\n"
        "print('read', s.read(1), poller.poll(100))\n"
        "s.settimeout(0.2); print(code(s.recv, 1))\n"
        "t = socket.socket(); t.settimeout(0.3); print(code(t.connect, ('10.0.0.1', PORT)))\n"
        "t = socket.socket(); t.setblocking(False); print(code(t.connect, ('10.0.0.1', PORT)))\n"
        "wlan.disconnect(); t = socket.socket(); print(code(t.connect, ('10.0.0.1', PORT)))\n"
        "print('end')\n"
    )
    with served(socket.SOCK_STREAM, echo) as port:
        board = board_with(tmp_path, program.replace("PORT", str(port)))
        with board:
            board.wait_line("ready")
            board.wifi(up=False)
            board.pin(4, 1)
            board.wait_line("end")
            lines = [text for _, text in board.lines]
    assert lines[: lines.index("end")] == [
        "b'hello'",
        "read None 11 []",
        "ready",
        "wrote 4000 1760 None",
        "read None []",
        "116",
        "116",
        "119",
        "118",
    ]


def test_sockets_speak_the_chip_s_errno_numbers(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    lines = printed(
        tmp_path,
        JOIN
        + "join()\n"
        + f"s = socket.socket(); print(code(s.connect, ('10.0.0.1', {port}))); s.close()\n"
        + "print(ETIMEDOUT, EINPROGRESS, ENOTCONN, EHOSTUNREACH)\n"
        + "s = socket.socket(); print(code(s.write, b'x')); s.close()\n"
        + "s = socket.socket(); s.settimeout(1); print(code(s.connect, ('9.9.9.9', 80)))\n"
        + "s.close()\n"
        + "many = [socket.socket() for _ in range(10)]\n"
        + "print(code(socket.socket))\n"
        + "many[3].close()\n"
        + "print(code(socket.socket).__class__.__name__)\n",
        scale=20,
    )
    assert lines == ["104", "116 119 128 118", "128", "116", "23", "socket"]


def test_a_host_name_of_more_than_32_bytes_is_refused_as_on_the_chip(tmp_path):
    program = (
        "import network\n"
        "for name in ('n' * 32, 'n' * 33, 'п' * 16, 'п' * 17):\n"
        "    try:\n        print(network.hostname(name) is None, network.hostname())\n"
        "    except ValueError:\n        print('too long')\n"
    )
    lines = printed(tmp_path, program)
    assert [line == "too long" for line in lines] == [False, True, False, True]


def test_a_node_delivers_with_a_name_that_is_cut_inside_a_character():
    # 33 bytes, and the 32nd is the first half of a character.
    config = {"node": {"name": "x" + "ж" * 16, "sample_every": "1 s", "send_every": "2 s"}}
    with Rig(scale=5, config=config) as rig:
        rig.deploy_image()
        with rig.board as board:
            board.wait_line("delivered")
