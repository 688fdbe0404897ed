"""Harbor's answers at each bound, and every way to configure an address with its result."""

from support.node.loaded import forget, is_loaded
from support.uplinks.answer import Answer
from support.uplinks.harbor_rig import settings_of
from wherry.sending import verdict
from wherry.uplinks.harbor import answer, options
from wherry.uplinks.harbor import dialect as harbor

REDIRECT = "redirects are refused; put the server's own address into endpoint"
TO_HTTPS = "redirects are refused; write https:// in endpoint"
OTHERWISE = "check endpoint, and the harbor in its dashboard"


def test_counts_are_numbers_of_one_to_nine_digits():
    for text, count in (
        ('"count":5', 5), ('"count":0', 0), ('"count":123456789', 123_456_789),
        ('"count":1234567890', None), ('"count": : 7', 7), ('"count"7', 7), ('"count":-1', None),
        ('"count":"9"', None), ('"count":/1', None), ('"count":;1', None), ('"count":09', 9),
        ('"count"', None), ('"count":', None), ("", None), ('"coun":5', None), ('x"count":8}', 8),
        ('"count","count":6', 6), ('"count":1234567890,"count":3', 3), ('"count":x"count":4', 4),
        ('"count""count":2', 2), ('"count":12a', 12), ('"count":\t1', None),
        ('"count":5:6', 5), ('"count":5/6', 5),
    ):  # fmt: skip
        assert answer._count_in(bytearray(text.encode())) == count, text


def test_a_count_is_compared_with_the_readings_sent():
    settings = settings_of(harbor_id=1042)
    for reported, sent, kind in (
        (0, 1, verdict.REJECTED), (1, 1, verdict.DELIVERED), (2, 1, verdict.DELIVERED),
        (9, 10, verdict.REJECTED), (10, 10, verdict.DELIVERED), (100, 10, verdict.DELIVERED),
        (1, 10, verdict.REJECTED), (101, 10, verdict.DELIVERED),
    ):  # fmt: skip
        note = (
            "HTTP 202"
            if kind == verdict.DELIVERED
            else "the server took %d of %d" % (reported, sent)
        )
        for judge in (
            lambda body, sent=sent: harbor.judge(settings, None, Answer(202, body), sent),
            lambda body, sent=sent: answer.judge(settings, Answer(202, body), sent),
        ):
            assert judge('{"count":%d}' % reported) == (kind, note), (reported, sent)


def test_successes_are_200_to_299_and_redirects_300_to_399():
    settings = settings_of(harbor_id=1042)
    for status, kind, words in (
        (100, verdict.RETRY, ""), (199, verdict.RETRY, ""), (200, verdict.DELIVERED, ""),
        (299, verdict.DELIVERED, ""), (300, verdict.DENIED, REDIRECT),
        (399, verdict.DENIED, REDIRECT), (402, verdict.DENIED, OTHERWISE),
        (499, verdict.DENIED, OTHERWISE), (500, verdict.RETRY, ""), (599, verdict.RETRY, ""),
    ):  # fmt: skip
        note = "HTTP %d" % status + (words and ": " + words)
        for body in ("", "x", '{"count":1}'):
            found = harbor.judge(settings, None, Answer(status, body), 1)
            assert found == (kind, note), (status, found)


def test_a_redirect_to_https_is_recognised_by_its_first_eight_letters():
    plain = {"endpoint": "http://h.test/1"}
    for place, words in (
        ("https://x", TO_HTTPS), ("HTTPS://x", TO_HTTPS), ("https://", TO_HTTPS),
        ("https:/x", REDIRECT), ("http://x", REDIRECT), ("", REDIRECT), ("//https://", REDIRECT),
    ):  # fmt: skip
        for status in (300, 301, 399):
            reported = Answer(status, "", {"location": place})
            found = answer.judge(plain, reported, 1)
            assert found == (verdict.DENIED, "HTTP %d: %s" % (status, words)), place
            found = answer.judge({"endpoint": "https://h.test/1"}, reported, 1)
            assert found == (verdict.DENIED, "HTTP %d: %s" % (status, REDIRECT)), place


def test_a_plain_success_loads_nothing_to_read_it():
    settings = settings_of(harbor_id=1042)
    for status, body, sent in ((200, "", 3), (299, "x", 1), (202, '{"count":3}', 3)):
        forget("wherry.uplinks.harbor", "answer")
        found = harbor.judge(settings, None, Answer(status, body), sent)
        assert found == (verdict.DELIVERED, "HTTP %d" % status)
        assert not is_loaded("wherry.uplinks.harbor", "answer"), (status, body)


# Addresses


def settled(**changes):
    """Return (the resulting address, the reported keys, the reported errors)."""
    raw = {"endpoint": None, "api": None, "harbor_id": None, "tenant": None,
           "allow_plain_http": False}  # fmt: skip
    raw.update(changes)
    wrong = []
    options.complete(raw, lambda key, seen, remedy: wrong.append((key, seen, remedy)))
    assert sorted(raw) == ["allow_plain_http", "endpoint"]
    return raw["endpoint"], [entry[0] for entry in wrong], wrong


V2, V1 = (
    "https://harborscale.com/api/v2/ingest",
    "https://telemetryharbor.com/api/v1/ingest/ingest",
)
OPEN = "https://10.0.0.2/api/v2/ingest"
HTTP = "http://10.0.0.2/api/v2/ingest/7"
SETTLED = (
    # The address is given by ids.
    ({"harbor_id": "7"}, V2 + "/7", []), ({"harbor_id": "7", "api": "v1"}, V1 + "/7", []),
    ({"harbor_id": "7", "tenant": "a"}, "https://a.harbor." + V2[8:] + "/7", []),
    ({"harbor_id": "7", "tenant": "a", "api": "v1"}, "https://a.harbor." + V1[8:] + "/7", []),
    ({}, None, ["endpoint"]), ({"tenant": "a"}, None, ["endpoint"]),
    # An error that was reported before is not reported again.
    ({"harbor_id": ...}, None, []), ({"harbor_id": "7", "api": ...}, None, []),
    ({"harbor_id": "7", "tenant": ...}, None, []), ({"endpoint": ...}, ..., []),
    ({"endpoint": ..., "tenant": "a"}, ..., ["tenant"]),
    # The address is given by `endpoint`.
    ({"endpoint": V2 + "/7"}, V2 + "/7", []), ({"endpoint": V2 + "/7/"}, V2 + "/7", []),
    ({"endpoint": V2 + "/7/batch"}, V2 + "/7", []),
    ({"endpoint": V2 + "/7/BATCH/"}, V2 + "/7", []),
    ({"endpoint": V2, "harbor_id": "7"}, V2 + "/7", []),
    ({"endpoint": V2 + "/batch", "harbor_id": "7"}, V2 + "/7", []),
    ({"endpoint": V2[:-6] + "INGEST", "harbor_id": "7"}, V2[:-6] + "INGEST/7", []),
    ({"endpoint": V2}, V2, ["endpoint"]), ({"endpoint": V1}, V1, ["endpoint"]),
    ({"endpoint": "https://a.harbor." + V2[8:]}, "https://a.harbor." + V2[8:], ["endpoint"]),
    ({"endpoint": "https://not" + V2[8:]}, "https://not" + V2[8:], []),
    ({"endpoint": V2, "harbor_id": ...}, V2, []),
    ({"endpoint": OPEN}, OPEN, []), ({"endpoint": OPEN + "/batch"}, OPEN, []),
    ({"endpoint": OPEN, "harbor_id": "7"}, OPEN + "/7", []),
    ({"endpoint": V2 + "/7", "harbor_id": "7"}, V2 + "/7", ["harbor_id"]),
    ({"endpoint": V2 + "/7", "harbor_id": ...}, V2 + "/7", ["harbor_id"]),
    ({"endpoint": V2 + "/7", "tenant": "a"}, V2 + "/7", ["tenant"]),
    ({"endpoint": V2 + "/7", "tenant": ...}, V2 + "/7", ["tenant"]),
    # The version is given as well.
    ({"endpoint": V2 + "/7", "api": "v2"}, V2 + "/7", []),
    ({"endpoint": V2 + "/7", "api": "v1"}, V2 + "/7", ["api"]),
    ({"endpoint": V1 + "/7", "api": "v2"}, V1 + "/7", ["api"]),
    ({"endpoint": V1 + "/7", "api": "v1"}, V1 + "/7", []),
    ({"endpoint": V1 + "/7", "api": ...}, V1 + "/7", []),
    ({"endpoint": "https://x.test/ingest/7", "api": "v2"}, "https://x.test/ingest/7", []),
    # The address is invalid.
    ({"endpoint": "https://x.test"}, "https://x.test", ["endpoint"]),
    ({"endpoint": "https://x.test/"}, "https://x.test", ["endpoint"]),
    ({"endpoint": "https://x.test/batch"}, "https://x.test", ["endpoint"]),
    ({"endpoint": V2 + "/7?a=b"}, V2 + "/7?a=b", ["endpoint"]),
    ({"endpoint": V2 + "/7/ttn"}, V2 + "/7/ttn", ["endpoint"]),
    ({"endpoint": V2 + "/7/TTN/"}, V2 + "/7/TTN", ["endpoint"]),
    ({"endpoint": "x.test/1/2/3"}, "x.test/1/2/3", ["endpoint"]),
    ({"endpoint": HTTP}, HTTP, ["endpoint"]),
    ({"endpoint": HTTP, "allow_plain_http": True}, HTTP, []),
    ({"endpoint": HTTP, "allow_plain_http": ...}, HTTP, []),
)  # fmt: skip


def test_every_way_to_configure_an_address_results_in_one():
    for changes, endpoint, keys in SETTLED:
        found = settled(**changes)
        assert found[:2] == (endpoint, keys), (changes, found)


def test_an_invalid_address_has_its_remedy():
    for url, words in (
        ("https://x.test", "give the full address with its path"),
        (V2 + "/7?a=b", "remove the question mark"), (V2 + "/7/ttn", "remove /ttn"),
        (V2, "add harbor_id"), (HTTP, "write https://"), ("x", "as the dashboard shows it: URL"),
    ):  # fmt: skip
        ((key, seen, remedy),) = settled(endpoint=url)[2]
        assert key == "endpoint" and words in remedy and seen[0] == '"', (url, remedy)
    assert settled(endpoint=V2 + "/7", api="v1")[2] == [
        ("api", '"v1"', "remove it: endpoint is an address of v2")
    ]


def test_options_have_their_types_and_defaults():
    assert options.OPTIONS == {
        "endpoint": ("url", None), "api": ("choice", None, "v1", "v2"),
        "harbor_id": ("name", None, 60, "-_"), "tenant": ("name", None, 63, "-"),
        "api_key": ("secrets", ...), "mode": ("choice", "auto", "auto", "single", "batch"),
        "ca": ("files", ["auto"]), "allow_plain_http": ("bool", False),
    }  # fmt: skip
