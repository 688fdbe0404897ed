"""The official open-source server's recorded answers, and the ones valid for the cloud too.

The cloud's path has a harbor id, and its batches are answered 202; all else must be equal.
"""

import json
import ssl
from contextlib import contextmanager

import httpx
from support.places import DATA
from support.server.harbor_accounts import with_key
from wherry_host.server.service import Service

RECORDED = json.loads((DATA / "harbor_oss_recorded.json").read_text())
BASE = "/api/v2/ingest"


def cloud_path(path, harbor_id):
    """Insert the harbor id where the cloud has it; paths that no server knows are unchanged."""
    known = ("", "/", "/batch", "/ttn")
    if path.startswith(BASE) and path.removeprefix(BASE) in known:
        return f"{BASE}/{harbor_id}{path.removeprefix(BASE)}"
    return path


@contextmanager
def asked(profile):
    """Yield a service of a profile with the keys of the records, and a client."""
    accounts = with_key("k-test")
    with Service(accounts=accounts, profile=profile) as service:
        trust = ssl.create_default_context(cafile=service.ca)
        with httpx.Client(verify=trust) as client:
            yield service, client


def test_the_cloud_answers_as_recorded():
    with asked("cloud") as (service, client):
        for case in RECORDED["cases"]:
            path = cloud_path(case[2], service.harbor_id)
            is_batch = case[2] == BASE + "/batch" and case[5] == 200
            replay(client, service.url + path, case, 202 if is_batch else case[5])
    assert len(RECORDED["cases"]) == 50


def test_the_open_source_server_answers_as_recorded():
    cases = RECORDED["cases"] + RECORDED["oss_only"]
    with asked("oss") as (service, client):
        for case in cases:
            replay(client, service.url + case[2], case, case[5])
    assert len(cases) == 52


def test_the_open_source_server_of_version_1_answers_as_recorded():
    with asked("oss") as (service, client):
        for case in RECORDED["v1"]:
            replay(client, service.url + case[2], case, case[5])
    assert len(RECORDED["v1"]) == 16


def test_the_open_source_server_accepts_any_letter_case():
    body = '{"ship_id":"s1","cargo_id":"c","value":1}'
    headers = {"X-API-Key": "k-test", "Content-Type": "application/json"}
    with asked("oss") as (service, client):
        for path in ("/API/v2/Ingest", "/api/V2/ingest/"):
            assert client.post(service.url + path, content=body, headers=headers).is_success, path


def replay(client, url, case, status):
    name, method, _, headers, body, _, answer, length = case
    if body is None:
        content = None
    elif isinstance(body, dict) and set(body) == {"text"}:
        content = body["text"]
    else:
        content = json.dumps(body)
    response = client.request(method, url, content=content, headers=headers)
    assert response.status_code == status, name
    assert (response.json() if response.content else "") == answer, name
    assert len(response.content) == length, name
