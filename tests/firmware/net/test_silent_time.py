"""The cost of a silent time server: firmware/net/network_time.py with the test's own clock."""

from support.boards.virtual_boards import JOIN, board_with, put
from wherry_host.places import LIB, firmware_sources

# Each call of the clock takes 10 ms: the load of the computer does not matter. No port of this
# computer is mapped to the port of a time server.
PROGRAM = """
import lookup, network_time

now_ms = 0
def rtc_ms():
    global now_ms
    now_ms += 10
    return now_ms

join()
for deadline_ms in (60_000, 2_500):
    now_ms = 0
    asking = lookup.Lookup(rtc_ms, deadline_ms, lambda: None, "192.168.4.1")
    try: network_time.ask(asking, ["193.0.0.229"], 0)
    except OSError as error: print(error)
    print(now_ms)
print("end")
"""


def test_a_silent_time_server_costs_less_than_five_seconds_and_no_deadline(tmp_path):
    board = board_with(tmp_path, JOIN + PROGRAM, 20)
    for name in ("lookup", "network_time"):
        put(board, f"{name}.py", firmware_sources()[name].read_text())
    for name in ("__init__.py", "net/dns.py", "time/sntp.py"):
        put(board, f"lib/wherry/{name}", (LIB / name).read_text())
    with board:
        board.wait_line("^end$")
        reported = [text for _, text in board.lines]
    # The prompt may follow.
    words, took_ms, same_words, cut_ms = reported[:4]
    assert words == same_words == "no time from 193.0.0.229: no answer"
    assert 4_000 <= int(took_ms) < 5_000 and 2_500 <= int(cut_ms) < 2_600
