"""A server for a network: boards deliver to an address of this computer, phones open its page.

127.0.0.2 is that address: it is on loopback, and not a default.
"""

import json
import signal
import ssl
import subprocess
import sys
import tomllib

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from wherry_host.demo.rig import Rig
from wherry_host.page.serve import Page
from wherry_host.server.service import Service

ADDRESS = "127.0.0.2"
FREE = "--port", "0", "--page-port", "0"
START_TIMEOUT_S = 30
DELIVERY_TIMEOUT_S = 30
POINT = {"ship_id": "shed", "cargo_id": "temperature", "value": 1.5}


def test_a_board_delivers_to_an_address_whose_certificate_it_checks():
    with Rig(scale=4, server={"host": ADDRESS}) as rig:
        assert rig.service.url == f"https://{ADDRESS}:{rig.service.proxy.port}"
        rig.deploy_image()
        rig.board.start()
        rig.board.wait_line("harbor: delivered", DELIVERY_TIMEOUT_S)


@pytest.fixture
def served(tmp_path):
    """Return a function that starts `wherry server` and returns (process, its first lines)."""
    started = []

    def serve(*options):
        command = [sys.executable, "-m", "wherry_host.cli", "server", *map(str, options)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process, list(iter(process.stdout.readline, "Stop it with Ctrl-C.\n"))

    yield serve
    for process in started:
        process.kill()
        process.communicate()


def section_of(lines):
    """Return the [[uplink]] section among the lines of `wherry server`."""
    at = lines.index("[[uplink]]\n")
    return tomllib.loads("".join(lines[at : lines.index("\n", at)]))["uplink"][0]


def test_a_restarted_server_is_the_same_one_for_its_nodes(served, tmp_path):
    options = "--host", ADDRESS, *FREE, "--no-page", "--db", tmp_path / "points.db"
    sections = []
    for _ in range(2):
        process, lines = served(*options)
        section = section_of(lines)
        address = section.pop("endpoint")
        assert address.startswith(f"https://{ADDRESS}:")
        headers = {"X-API-Key": section["api_key"]}
        context = ssl.create_default_context(cafile=section["ca"])
        assert httpx.post(address, json=POINT, headers=headers, verify=context).is_success
        sections.append(section)
        process.send_signal(signal.SIGINT)
        assert process.wait(START_TIMEOUT_S) == 0
    assert sections[0] == sections[1]
    assert sections[0]["ca"] == str(tmp_path / "points.ca.pem")
    identity = tmp_path / "points.identity.json"
    assert identity.stat().st_mode & 0o777 == 0o600
    text = json.loads(identity.read_text())
    assert text["accounts"]["harbor"]["api_key"] == sections[0]["api_key"]


def test_without_a_database_the_text_states_how_long_the_key_lasts(served):
    _, lines = served("--host", ADDRESS, *FREE)
    text = "".join(lines)
    assert "last until the server stops; --db keeps them" in text
    assert "The page, for the camera of a phone:\n█" in text
    assert "allow TCP ports" in text


@pytest.fixture(scope="module")
def service():
    with Service(host=ADDRESS, page=Page) as service:
        yield service


def test_the_page_asks_for_its_token_once(service):
    bare, _, query = service.page_url.partition("?")
    assert bare.startswith(f"http://{ADDRESS}:") and query == f"token={service.page_token}"
    for wrong in (bare, f"{bare}?token=wrong", f"{bare}export.csv?api=harbor_v2&device=shed"):
        answer = httpx.get(wrong)
        assert answer.status_code == 401 and "Open the address" in answer.text
    with httpx.Client(follow_redirects=True) as phone:
        answer = phone.get(service.page_url)
        assert answer.status_code == 200 and str(answer.url) == bare
        assert service.page_token not in answer.text
        assert phone.get(bare).status_code == 200
        cookie = answer.history[0].headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_a_websocket_without_the_token_is_refused(service):
    bare = service.page_url.partition("?")[0].replace("http", "ws")
    address = f"{bare}_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    with pytest.raises(InvalidStatus) as refusal:
        connect(address)
    assert refusal.value.response.status_code == 401


def test_the_page_answers_at_its_addresses_only(service):
    port = httpx.URL(service.page_url).port
    for host, status in ((f"127.0.0.1:{port}", 303), (f"evil.test:{port}", 421)):
        answer = httpx.get(service.page_url, headers={"host": host})
        assert answer.status_code == status
    other_site = httpx.get(service.page_url, headers={"origin": "http://evil.test"})
    assert other_site.status_code == 403


def test_the_admin_api_stays_on_loopback(service):
    assert service.admin_url.startswith("http://127.0.0.1:")
    with pytest.raises(httpx.ConnectError):
        httpx.get(service.admin_url.replace("127.0.0.1", ADDRESS))


def test_a_host_that_is_not_an_address_of_this_computer_is_an_error():
    with pytest.raises(
        OSError, match=r"'laptop' is not an IPv4 address; give one of .*0\.0\.0\.0"
    ):
        Service(host="laptop")
    # For documentation only (RFC 5737): no computer has it.
    with pytest.raises(OSError, match=r"203\.0\.113\.9 is not an address of this computer"):
        Service(host="203.0.113.9").start()
