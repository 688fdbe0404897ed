"""`--profile oss` compared with the real open-source servers: their requests, byte for byte.

Only the messages of Go's JSON parser about a body, and the order of headers, may differ. Any other
difference is listed here with its reason, and must exist.
"""

import pytest
from support.server.harbor_accounts import with_key
from support.server.replay import API_KEY, CASES, Replayer
from wherry_host.server.service import Service

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
