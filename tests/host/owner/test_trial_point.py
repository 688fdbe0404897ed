"""The test of a server by `wherry new` and `wherry doctor`: what proves it, and what does not."""

import pytest
from wherry_host.config import config_file
from wherry_host.install import trial_point
from wherry_host.install.trial_point import Answer, PointError
from wherry_host.server.dialects import tables
from wherry_host.server.service import Service

OTHER = "another server answers: correct the address, or sign in to the network first"
PAGE = b"<html><head><title>Guest network</title>"
# (dialect, what the line says, changes of the section, what is said of them).
TRIED = (
    ("harbor", "The server stored a test point: wherry_test = 1 of shed.",
     {"api_key": "wrong-key"}, "HTTP 401 ({\"message\":\"Invalid API key\"}); copy the key from"),
    ("sensocan", "answers as it should, and its certificate is valid.",
     {"token": "wrong-token"}, "HTTP 401 ({\"message\":\"Unauthenticated.\"}); copy the key from"),
    ("sensocan", "answers as it should, and its certificate is valid.",
     {"device_uuid": "a1b2c3d4-e5f6-7890-abcd-ef1234567891"},
     "HTTP 404 ({\"message\":\"Device not found.\"}); correct the id or the address"),
    ("here", "answers as it should, and its certificate is valid.",
     {"endpoint": "/nothing"}, "HTTP 404"),
)  # fmt: skip


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        yield running


def typed(service, name):
    """Return the typed section of a dialect's uplink at a server."""
    section = tables()[name].section(service.summary()[name], ["temperature"])
    sensor = {"driver": "bme280"}
    raw = {"wifi": [{"ssid": "garden"}], "uplink": [section], "sensor": [sensor]}
    return config_file.checked(raw)["uplink"][0]


@pytest.mark.parametrize(("name", "right", "changes", "wrong"), TRIED)
def test_the_right_server_is_proven_and_a_wrong_answer_has_its_remedy(
    service, name, right, changes, wrong
):
    uplink, roots = typed(service, name), [service.authority.der]
    assert right in trial_point.send(uplink, roots, "shed")
    if "endpoint" in changes:
        changes = {"endpoint": service.url + changes["endpoint"]}
    with pytest.raises(PointError) as failed:
        trial_point.send({**uplink, **changes}, roots, "shed")
    assert wrong in str(failed.value)


@pytest.mark.parametrize("name", ["harbor", "sensocan", "here"])
@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, PAGE, 'a web page: "Guest network"'),
        (201, PAGE, 'a web page: "Guest network"'),
        (422, PAGE, 'a web page: "Guest network"'),
        (200, b'{"status":"error","message":"no account"}', 'an error: "no account"'),
        (200, b'{"ok":true}', 'another API\'s object: "ok"'),
        (201, b"OK", "no JSON object"),
        (204, b"", "an empty body"),
    ],
)
def test_the_answer_of_another_server_proves_nothing(service, name, status, body, words):
    kind = {"content-type": "text/html" if body == PAGE else "application/json"}
    found = trial_point.judged(typed(service, name), Answer(status, kind, body))
    assert found == (False, f"HTTP {status}, but {words}", OTHER)
