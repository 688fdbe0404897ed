"""The link alone on a virtual board: good answers that are cut after each of their bytes.

Each exchange is a separate TLS connection, closed with or without a TLS alert. Other good answers
come while the request's body is still being sent.
"""

import time

from support.boards.hostile_actions import GOES, HANGS_UP, LIE, REFUSAL, says, speaks_early
from support.boards.hostile_server import HostileServer
from support.boards.small_slots import LOADER_SOURCE
from support.boards.spine import Spine
from wherry_host.compile.shorten import shorten
from wherry_host.server.certs import Authority

SCALE = 10
ANSWER = b'HTTP/1.1 202 x\r\nContent-Length: 11\r\n\r\n{"count":2}'
# The loader, up to where it starts the application.
MOUNT = """
_remount()
_mount(choose_slot()[0])
"""
PROGRAM = """
import gc, machine, time
import assemble, settings
from {requests} import make_request
settings = settings.read()
ports, node = assemble.make_node(settings, machine.WDT(timeout=90000))
uplink, link = settings["uplink"][0], ports.link(node)
link.idle = ports.feed
link.open(ports.rtc_ms() + 60000)

def body():
    yield b"["
    time.sleep_ms({body_ms})
    yield b"]"

for i in range({count}):
    request = make_request("POST", uplink["endpoint"], (), 2, body())
    gc.collect()
    live = gc.mem_alloc()
    try:
        told = link.exchange(request, ports.rtc_ms() + 60000, uplink["ca"]).status
    except OSError as error:
        told = error
    print("%d: %d before: %s" % (i, live, told))
print("end")
"""
# Bytes that all exchanges together may leave on the heap, except the first, which loads its
# modules, and the last, which keeps its connection. An object still referenced on the stack is not
# a leak.
LIVE_SIZE_MAX = 512


def exchanges(folder, actions, body_ms=0):
    """Run the actions on the link; return (bytes on the heap before it, its result) of each."""
    authority = Authority()
    leaf = authority.leaf(time.time_ns() // 1000)
    server = {"authority": authority}
    with (
        HostileServer(folder, leaf, actions) as hostile,
        Spine(folder, SCALE, port=hostile.port, server=server) as spine,
    ):
        hostile.clock = spine.clock
        plan = spine.plan()
        short = {long: name for name, long in plan.modules.items()}
        requests = short["wherry.http.request"]
        program = PROGRAM.format(count=len(actions), body_ms=body_ms, requests=requests)
        loader = LOADER_SOURCE.partition("\ntry:\n")[0] + MOUNT
        spine.put("main.py", loader + shorten(program, shared=plan.names))
        spine.start().wait("^end$", 60)
        found = [spine.wait(rf"^{i}: (-?\d+) before: (.*)$")[1] for i in range(len(actions))]
        assert hostile.mistakes == []
    return [(int(match[1]), match[2]) for match in found]


def test_an_answer_cut_at_any_byte_is_not_accepted(tmp_path):
    sizes = range(len(ANSWER))
    actions = [says(ANSWER[:size], then) for size in sizes for then in (HANGS_UP, GOES)]
    found = exchanges(tmp_path, [*actions, says(ANSWER)])
    *broken, whole = [text for _, text in found]
    assert whole == "202" and all(text.startswith("localhost: ") for text in broken), broken
    sizes = [size for size, _ in found[1:]]
    assert sizes[-1] - sizes[0] < LIVE_SIZE_MAX, sizes


def test_an_answer_before_the_body_is_sent_is_not_believed(tmp_path):
    # The head, which is answered, and the body's end are three seconds of this computer apart.
    found = exchanges(tmp_path, [speaks_early(LIE), speaks_early(REFUSAL)], 3000 * SCALE)
    assert [text for _, text in found] == ["localhost: answered too early", "429"]
