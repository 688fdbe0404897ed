"""`wherry server` compared with the official open-source server: recorded requests and answers.

Those of version 2 are valid for the cloud too: its path has a harbor id, and its batches are
answered 202.
"""

import json
import ssl

import httpx
import pytest
from support.places import DATA
from support.server.harbor_accounts import with_key
from support.server.replay import API_KEY, CASES, Replayer
from wherry_host.server.service import Service

RECORDED = json.loads((DATA / "harbor_oss_recorded.json").read_text())
BASE = "/api/v2/ingest"


def cloud_path(path, harbor_id):
    """Insert the harbor id where the cloud has it; paths that no server knows are unchanged."""
    known = ("", "/", "/batch", "/ttn")
    if path.startswith(BASE) and path.removeprefix(BASE) in known:
        return f"{BASE}/{harbor_id}{path.removeprefix(BASE)}"
    return path


@pytest.mark.parametrize(
    "profile, kind", [("cloud", "cases"), ("oss", "cases"), ("oss", "oss_only"), ("oss", "v1")]
)
def test_each_profile_answers_as_recorded(profile, kind):
    with Service(accounts=with_key("k-test"), profile=profile) as service:
        trust = ssl.create_default_context(cafile=service.ca)
        with httpx.Client(verify=trust) as client:
            for case in RECORDED[kind]:
                path, status = case[2], case[5]
                if profile == "cloud":
                    path = cloud_path(path, service.harbor_id)
                    status = 202 if case[2] == BASE + "/batch" and status == 200 else status
                replay(client, service.url + path, case, status)


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


# Compared byte for byte. Only the messages of Go's JSON parser about a body, and the order of
# headers, may differ. Any other difference is listed here with its reason, and must exist.
BOTH_VERSIONS = "the real servers speak one version each, this one both"
NO_VERSION = "the path names no version, and version 2 answers; its refusals have another form"
HEAD_PARSER = "the words are those of Go's parser of heads, with its buffer"
# Title: (the difference, the reason).
EXCEPTIONS = {
    "v2 POST /api/v1/ingest": ({"status", "body", "stored"}, BOTH_VERSIONS),
    "v1 POST /api/v2/ingest": ({"status", "body", "stored"}, BOTH_VERSIONS),
    "v1 POST /api/v1": ({"body"}, NO_VERSION),
    "v1 POST /": ({"body"}, NO_VERSION),
    "v1 POST /healthz": ({"body"}, NO_VERSION),
    "v1 Content-Length -1": ({"body"}, HEAD_PARSER),
    "v1 rubbish": ({"body"}, HEAD_PARSER),
}


@pytest.fixture(scope="module")
def replayer():
    accounts = with_key(API_KEY)
    with Service(accounts=accounts, profile="oss") as service:
        sender = Replayer(service)
        yield sender
        sender.close()


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_as_the_real_server(replayer, caplog, case):
    differences = case.differences(replayer.send(case))
    assert not caplog.records  # No traceback, whatever the words of the answer.
    if case.title in EXCEPTIONS:
        parts, reason = EXCEPTIONS[case.title]
        assert set(differences) == parts, f"{case.title}: {reason}: {differences}"
    else:
        assert not differences, case.title


def test_every_record_is_there():
    assert len(CASES) == 461
    assert set(EXCEPTIONS) <= {case.title for case in CASES}
