"""The live page is served next to the API, on loopback only, and ends with the service."""

import os
import re
import socket
import threading
import time
from contextlib import contextmanager

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from wherry_host.page.chart import CHARTS_MAX
from wherry_host.page.serve import Page
from wherry_host.server.service import Service

WORD_TIMEOUT_S = 20
STOP_LIMIT_S = 10


def store(service, value):
    now_us = service.clock.now_us()
    service.store.add("harbor_v2", [("shed", "temperature", now_us, value)], now_us)


@contextmanager
def open_tab(service, **options):
    """Fetch the page, and yield the websocket that a browser would then open."""
    html = httpx.get(service.page_url).text
    query = {
        "EIO": "4",
        "transport": "websocket",
        "client_id": re.search(r"'client_id': '([^']+)'", html)[1],
        "implicit_handshake": "true",
        "tab_id": "tab",
        "document_id": "document",
        "next_message_id": "0",
    }
    address = service.page_url.replace("http", "ws") + "_nicegui_ws/socket.io/"
    address += "?" + "&".join("=".join(pair) for pair in query.items())
    with connect(address, **options) as tab:
        assert tab.recv(WORD_TIMEOUT_S).startswith("0{")
        tab.send("40")
        yield tab


def hear(tab, word):
    """Wait until the server has sent something that contains a word, and return it."""
    end_s = time.monotonic() + WORD_TIMEOUT_S
    while word not in (heard := tab.recv(end_s - time.monotonic())):
        continue
    return heard


def test_the_page_is_complete_without_the_internet():
    with Service(page=Page) as service:
        store(service, 21.5)
        assert service.summary()["page"] == service.page_url
        assert service.page_url.startswith("http://127.0.0.1:")
        answer = httpx.get(service.page_url)
        assert answer.status_code == 200
        assert service.api_key not in answer.text
        hosts = set(re.findall(r"(?:https?:)?//([a-z0-9.-]+\.[a-z]+|[0-9.]{7,})", answer.text))
        # The only name is the namespace of the icon's SVG; nothing is fetched from it.
        assert hosts <= {"www.w3.org", "127.0.0.1"}
        for path in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
            assert path.startswith(("/", "data:")), path


def test_stopping_with_an_open_tab_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    threads = set(threading.enumerate())
    # NiceGUI outlives a service: its state must not disturb the next one.
    for value in (17.25, 18.75):
        with Service(page=Page) as service, open_tab(service) as tab:
            port = int(service.page_url.rstrip("/").rpartition(":")[2])
            store(service, value)
            hear(tab, str(value))
            begin_s = time.monotonic()
            service.stop()
            assert time.monotonic() - begin_s < STOP_LIMIT_S
        assert set(threading.enumerate()) <= threads
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
    assert os.listdir(tmp_path) == []


def test_only_some_of_a_thousand_channels_are_drawn():
    with Service(page=Page) as service:
        now_us = service.clock.now_us()
        points = [("shed", f"c{number:04}", now_us, 1.5) for number in range(1000)]
        service.store.add("harbor_v2", points, now_us)
        with open_tab(service) as tab:
            assert "c0048" not in hear(tab, f"and {1000 - CHARTS_MAX} more channels")


def test_other_sites_cannot_access_the_page():
    with Service(page=Page) as service:
        port = service.page_url.rstrip("/").rpartition(":")[2]
        for host, status in (("localhost", 200), ("[::1]", 200), ("127.0.0.1.example", 421)):
            answer = httpx.get(service.page_url, headers={"Host": f"{host}:{port}"})
            assert answer.status_code == status, host
        for origin in (f"http://127.0.0.1:{port}", None):
            with open_tab(service, origin=origin):
                pass
        for origin in (f"http://localhost:{port}", "http://127.0.0.1:1"):
            answer = httpx.get(service.page_url, headers={"Origin": origin})
            assert answer.status_code == 403, origin
            with pytest.raises(InvalidStatus), open_tab(service, origin=origin):
                pass


def test_every_answer_restricts_the_page_in_the_browser():
    with Service(page=Page) as service:
        for path in ("", "none", "export.csv?api=x&device=y", "_nicegui/none"):
            headers = httpx.get(service.page_url + path).headers
            assert headers["x-frame-options"] == "DENY", path
            policy = dict(
                each.split(" ", 1) for each in headers["content-security-policy"].split("; ")
            )
            assert policy["default-src"] == "'self'" and policy["frame-ancestors"] == "'none'"
            assert not any("http" in sources or "*" in sources for sources in policy.values())
            assert headers["x-content-type-options"] == "nosniff"


def test_a_process_has_one_page():
    with Service(page=Page) as first:
        with pytest.raises(RuntimeError, match=re.escape(first.page_url)):
            Service(page=Page).start()
        assert httpx.get(first.page_url).is_success
