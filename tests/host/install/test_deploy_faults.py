"""Faults that a deploy finds on a node's console: words, remedies, and when a fault is certain."""

import ast
from itertools import chain, repeat

import pytest
from support.boards.failure_forms import FORMS
from wherry_host.errors import DeployError
from wherry_host.install import following, node_faults
from wherry_host.install.following import follow
from wherry_host.install.node_faults import fault_in
from wherry_host.places import FIRMWARE, LIB

SENTENCES = (node_faults.FELL_BACK, node_faults.CRASHED, following.SENSOR)
CN = "The certificate Common Name (CN) does not match with the expected CN"
CA = "The certificate is not correctly signed by the trusted CA"
WEAK = "wrong password, or a weak signal (status 202)"

# (text before "; next try in 3 s", text of the remedy, True if one failure is enough)
FAULTS = (
    (f"Wi-Fi: hut: {WEAK}", "Correct `password`", False),
    ("Wi-Fi: hut: network not found (status 201)", "Correct `ssid`", False),
    (
        "Wi-Fi: hut: no access point with this security (status 210)",
        "an open network takes no password",
        False,
    ),
    ("Wi-Fi: hut: signal lost (status 200)", "signal is too weak: bring the node", False),
    (f"Wi-Fi: a: network not found (status 201); b: {WEAK}", "Correct `ssid`", False),
    ("harbor: HTTP 401: check api_key", "Correct the configuration", True),
    ("harbor-2: HTTP 403: check api_key", "Correct the configuration", True),
    ("harbor: HTTP 404: no such harbor: check endpoint", "Correct the configuration", True),
    ("here: login: HTTP 401: check device_secret", "Correct the configuration", True),
    ("harbor.test: no such name", "Correct the host in `endpoint`", False),
    ("no time from pool.test: no such name", "`sntp` of [time]", False),
    ("no time from pool.test: no answer", "UDP port 123", False),
    ("harbor.test: name server 192.168.4.1 does not answer", "Check the router", False),
    (f"harbor.test: {CA}", "in `ca` of [[uplink]]", True),
    (f"harbor.test: {CN}", "as the certificate of the server names it", True),
    ("harbor.test: The certificate validity has expired", "Renew the certificate", True),
    ("harbor.test: The certificate validity starts in the future", "a correct time server", True),
    ("harbor.test: the server does not speak TLS (error -29184)", "Correct the port", False),
)
NO_FAULTS = (
    f"Wi-Fi: a: {WEAK}; b: no answer, or no address from DHCP (status 1001)",
    "Wi-Fi: no time left to join",
    "harbor: HTTP 500",
    "harbor: HTTP 429: too many requests",
    "harbor: flash: 28",
    "harbor.test: no answer in time",
    "harbor.test: the server refused or reset the connection (ECONNRESET)",
)


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda each: each.form)
def test_each_sentence_is_a_format_of_the_node(sentence):
    sources = [path for folder in (LIB, FIRMWARE) for path in folder.rglob("*.py")]
    nodes = chain.from_iterable(ast.walk(ast.parse(path.read_text())) for path in sources)
    assert sentence.form in {node.value for node in nodes if isinstance(node, ast.Constant)}


def test_the_words_are_the_words_of_the_node():
    texts = "".join(path.read_text() for path in (*FIRMWARE.rglob("*.py"), *LIB.rglob("*.py")))
    ours = ("no such name", "no address in the answer", "name server ", "does not speak TLS")
    assert all(words in texts for words in ours) and "does not speak TLS" in FORMS


@pytest.mark.parametrize(
    ("note", "remedy", "is_certain"), FAULTS, ids=[each[0] for each in FAULTS]
)
def test_a_fault_has_a_remedy(note, remedy, is_certain):
    fault = fault_in(f"{note}; next try in 3 s")
    assert fault and note in str(fault) and remedy in str(fault) and fault.is_certain == is_certain


@pytest.mark.parametrize("note", NO_FAULTS)
def test_temporary_trouble_is_not_a_fault(note):
    assert fault_in(f"{note}; next try in 3 s") is None


def followed(*spoken, on_trial=False, asked=False):
    """Follow lines (seconds, text), then silence; return (seconds, closing line, warnings)."""
    now = [0.0]

    def lines():
        for now[0], text in spoken:
            yield text
        for _ in repeat(None):
            now[0] += 1
            yield ""

    try:
        ended = follow(lines(), lambda line: None, asked, on_trial, lambda: now[0])
    except DeployError as error:
        return now[0], str(error), None
    return now[0], *ended


def tries(*each):
    """Return the console lines of tries (seconds, note)."""
    return [(time_s, f"{time_s}.000 {note}; next try in 9 s") for time_s, note in each]


def test_the_second_try_with_one_reason_decides():
    wrong = f"Wi-Fi: hut: {WEAK}"
    assert followed(*tries((5, wrong), (14, wrong)))[0] == 14
    other = "Wi-Fi: hut: wrong password, or a weak signal (status 15)"
    assert followed(*tries((5, wrong), (14, other)))[0] == 14


def test_one_failure_decides_after_a_minute_unless_another_outcome_comes():
    wrong, passing = f"Wi-Fi: hut: {WEAK}", "Wi-Fi: hut: no answer (status 1000)"
    assert followed(*tries((5, wrong)))[0] == 65
    at_s, text, _ = followed(*tries((5, wrong), (30, passing)))
    assert at_s == 180 and text.startswith("No delivery and no clear fault in 180 s: its last")
    assert followed(*tries((5, wrong), (30, passing), (50, wrong)))[0] == 50
    assert followed(*tries((5, "harbor: HTTP 401: check api_key")))[0] == 5


def test_a_delivery_after_a_failure_is_a_success():
    delivered = 20, "20.000 harbor: delivered 34, 0 waiting"
    at_s, text, warnings = followed(*tries((5, f"Wi-Fi: hut: {WEAK}")), delivered)
    assert (at_s, warnings) == (20, []) and text.startswith("The node delivers: harbor has 34")


def test_after_three_minutes_the_known_state_is_printed():
    at_s, text, _ = followed((1, "1.000 row 0: 6 readings"), (2, "2.000 rows 1 to 2: 12 readings"))
    assert at_s == 180 and "it keeps 18 readings in 3 rows; its next upload is due" in text
    assert text.endswith("the node continues to run.")
    at_s, text, warnings = followed()
    assert at_s == 180 and warnings is None and "printed neither a row nor a problem" in text


def test_a_crash_on_trial_is_left_to_the_loader():
    crashes = [(5, "ValueError: 7"), (5, "next start in 5 s")] * 2
    assert followed(*crashes)[1].startswith("The node stops with an error.")
    back = (9, "slot: three starts of b.app failed, back to a.app")
    at_s, text, _ = followed(*crashes, back, on_trial=True)
    assert at_s == 9 and text.startswith("The new version failed three times; the board runs")


def test_a_sensor_that_does_not_answer_is_a_warning():
    silent = (1, "1.000 sensor 1 (bme280 at 0x76): no answer")
    delivered = (3, "3.000 harbor: delivered 4, 0 waiting")
    _, _, warnings = followed(silent, delivered)
    reported = "sensor 1 (bme280 at 0x76) gives no reading (no answer): check its wiring"
    assert len(warnings) == 1 and warnings[0].startswith(reported)
    responding = (2, "2.000 sensor 1 (bme280 at 0x76): responding again after 1 x no answer")
    assert followed(silent, responding, delivered)[2] == []
    wrong = tries((2, "harbor: HTTP 403: check api_key"))
    assert "sensor 1 (bme280" in followed(silent, *wrong)[1]
