"""The admin API is for this computer's programs that have the token, and not for web pages."""

import os
import stat
from pathlib import Path

import httpx
import pytest
from support.server.admin_client import admin_client
from wherry_host.server.admin_token import FOLDER_KIND, find_token
from wherry_host.server.service import Service

# Requests that change the server, and requests that show its keys.
ASKED = (
    ("GET", ""), ("GET", "/faults"), ("PUT", "/faults"), ("POST", "/faults"),
    ("DELETE", "/faults"), ("PUT", "/sntp"), ("PUT", "/dns"), ("GET", "/points"),
    ("GET", "/requests"), ("DELETE", "/connections"), ("POST", "/shutdown"), ("GET", "/none"),
)  # fmt: skip
OTHER_SITES = ("http://evil.example", "http://127.0.0.1:1", "null")
OTHER_NAMES = ("evil.example:{port}", "127.0.0.1.evil.example:{port}", "127.0.0.1:1", "")


@pytest.fixture(scope="module")
def service():
    with Service(plain_http=True) as running:
        running.set_faults({"kind": "stall"})
        yield running


def port_of(service):
    return httpx.URL(service.admin_url).port


def untouched(service):
    """Return True if the server runs with the one fault that it began with."""
    return [fault.kind for fault in service.faults.all()] == ["stall"] and not service.wait(0)


def ask_all(service, client):
    """Send every admin request; return the set of the answers' statuses and all their text."""
    answers = [client.request(method, service.admin_url + path) for method, path in ASKED]
    return {answer.status_code for answer in answers}, "".join(each.text for each in answers)


def test_nothing_is_done_without_the_token(service):
    token = service.admin_token
    for header in (None, "Bearer", token, f"Bearer {token[:-1]}", f"Basic {token}", "Bearer \xff"):
        headers = {} if header is None else {"Authorization": header.encode("latin-1")}
        with httpx.Client(headers=headers) as client:
            statuses, text = ask_all(service, client)
        assert statuses == {401}, header
        assert service.api_key not in text and token not in text
    assert untouched(service)


def refuse_all(service, header, values, status, words):
    """Send the token and each value of a header: all requests are refused in these words."""
    for value in values:
        given = {header: value.format(port=port_of(service))}
        with admin_client(service, **given) as client:
            statuses, text = ask_all(service, client)
        assert statuses == {status}, value
        assert words in text and service.api_key not in text
    assert untouched(service)


def test_other_names_are_refused_even_with_the_token(service):
    words = f"answers at {service.admin_url.removesuffix('/admin')} and"
    refuse_all(service, "Host", OTHER_NAMES, 421, words)


def test_other_sites_are_refused_even_with_the_token(service):
    refuse_all(service, "Origin", OTHER_SITES, 403, "")


def test_own_names_with_the_token_are_served(service):
    for name in ("127.0.0.1:{port}", "LocalHost:{port}", "[::1]:{port}"):
        host = name.format(port=port_of(service))
        for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}"}):
            with admin_client(service, **headers) as client:
                assert client.get(service.admin_url).json()["harbor"]["api_key"] == service.api_key


def test_the_token_is_new_each_time_and_for_its_owner_alone():
    tokens = set()
    umask = os.umask(0)
    try:
        for _ in range(2):
            with Service(plain_http=True) as service:
                path = Path(service.summary()["admin_token_file"])
                assert path.read_text() == service.admin_token
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
                assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
                assert service.admin_token not in str(service.summary())
                tokens.add(service.admin_token)
            assert not path.exists()
    finally:
        os.umask(umask)
    assert len(tokens) == 2 and all(len(token) > 40 for token in tokens)


def test_the_token_is_found_by_port_and_for_loopback_only(service, tmp_path, monkeypatch):
    port = port_of(service)
    for host in ("127.0.0.1", "localhost", "::1"):
        assert find_token(host, port) == service.admin_token
    for host, other in (("evil.example", port), ("127.0.0.2", port), ("127.0.0.1", 1)):
        assert find_token(host, other) is None
    # A linked folder, and a file that links elsewhere.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "key").write_text("private")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / f"admin-{port}").write_text("linked")
    (tmp_path / f"wherry-{FOLDER_KIND}-a").symlink_to(tmp_path / "elsewhere")
    (tmp_path / f"wherry-{FOLDER_KIND}-b").mkdir()
    (tmp_path / f"wherry-{FOLDER_KIND}-b" / f"admin-{port}").symlink_to(tmp_path / "key")
    assert find_token("127.0.0.1", port) is None
