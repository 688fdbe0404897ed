"""The words of a refusal on the page: the sentences of the answer, never a secret or a code."""

import json

import pytest
from wherry_host.page.set_aside import reason
from wherry_host.server.dialects.harbor import answers

NO_REASON = "The server gave no reason."
STORED_NOTHING = "The server accepted the request and stored nothing."


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    (
        (400, {"message": "Validation Error", "details": "Too old"}, "Validation Error: Too old"),
        (422, {"message": "Bad.", "errors": {"data.0.value": ["It is high."]}}, "Bad: It is high"),
        (
            400,
            {
                "error": "Bad request", "code": 400, "id": "5f1c", "message": "Bad request",
                "details": {"hereErrorCode": 400306, "reason": "0.timestamp: too old"},
            },
            "Bad request: 0.timestamp: too old",
        ),
        (202, {"count": 0, "status": "queued"}, STORED_NOTHING),
        (400, {"count": 0}, NO_REASON),
        (400, {"details": [{"loc": ["[0].ShipID"], "msg": "Long", "type": "max"}]}, "Long"),
    ),
)  # fmt: skip
def test_a_reason_is_the_sentences_of_an_answer(status, answer, words):
    assert reason(json.dumps(answer), status) == words


def test_an_answer_that_is_not_json_is_its_own_reason():
    cut = json.dumps({"message": "x" * 600})[:500]
    for answer in ("out of order", cut, "[" * 500):
        assert reason(answer, 400) == answer
    assert reason("", 400) == NO_REASON


def test_half_a_pair_stays_an_escape():
    assert reason('{"message": "a\\ud800"}', 400) == "a\\ud800"


def test_a_refusal_of_harbor_has_both_of_its_sentences():
    answer = answers.refusal(400).content.decode()
    assert reason(answer, 400) == "Validation Error: Payload refused"
