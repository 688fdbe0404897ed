"""The decoder for The Things Stack's console, run by Node.js, and the webhook that results."""

import base64
import json
import random
import ssl

import httpx
from wherry_host.config.ttn_payload import decoder, encode

CHANNELS = [
    ("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2), ("level", "", 0),
    ("latitude", "°", 6), ('odd "name"', "", 3),
]  # fmt: skip
COUNT = 2000
_PROGRAM = """
const fs = require("fs");
const {code, payloads} = JSON.parse(fs.readFileSync(0, "utf8"));
const decodeUplink = new Function(code + "; return decodeUplink;")();
const found = payloads.map(hex => decodeUplink({fPort: 1, bytes: [...Buffer.from(hex, "hex")]}));
console.log(JSON.stringify(found));
"""


def decode(node, payloads):
    content = {"code": decoder(CHANNELS), "payloads": [payload.hex() for payload in payloads]}
    return node(_PROGRAM, stdin=json.dumps(content))


def expected_of(values, time_text):
    decimals = {name: places for name, _, places in CHANNELS}
    data = {name: value / 10 ** decimals[name] for name, value in values.items()}
    return {"data": {**data, "time": time_text}}


def test_payloads_are_decoded_to_the_exact_values(node):
    seed = 7
    print(f"{COUNT} payloads, seed {seed}")
    randomly = random.Random(seed)
    rows = []
    for _ in range(COUNT):
        names = [name for name, _, _ in CHANNELS if randomly.random() < 0.8]
        bits = randomly.choice((4, 12, 20, 30))
        rows.append({name: randomly.randrange(-(1 << bits) + 1, 1 << bits) for name in names})
    found = decode(node, [encode(CHANNELS, row, 1_777_630_830) for row in rows])
    assert found == [expected_of(row, "2026-05-01T10:20:30.000Z") for row in rows]


def test_payloads_of_another_form_are_reported(node):
    whole = encode(CHANNELS, {"temperature": 2150, "level": -7})
    cut = [whole[:end] for end in range(len(whole))]
    others = [
        b"\x02" + whole[1:],
        whole + b"\x00",
        b"\x01\0\0\0\0\x40\x02",
        b"\x01" + b"\xff" * 50,
    ]
    for payload, answer in zip(cut + others, decode(node, cut + others), strict=True):
        assert list(answer) == ["errors"], payload.hex()


def test_the_resulting_webhook_is_accepted(service, node, stored):
    row = {"temperature": 2150, "humidity": 4400, "pressure": 101_325}
    payload = encode(CHANNELS, row, 1_777_630_830)
    (decoded,) = decode(node, [payload])
    message = {
        "end_device_ids": {"device_id": "barn", "application_ids": {"application_id": "farm"}},
        "received_at": "2026-05-01T10:20:35.787Z",
        "uplink_message": {
            "f_port": 1,
            "frm_payload": base64.b64encode(payload).decode(),
            "decoded_payload": decoded["data"],
            "rx_metadata": [{"gateway_ids": {"gateway_id": "gtw1"}, "rssi": -35, "snr": 5.2}],
            "settings": {"data_rate": {"lora": {"bandwidth": 125_000, "spreading_factor": 7}}},
        },
    }
    headers = {
        "X-API-Key": service.api_key,
        "User-Agent": "ttn-lw-application-server/3.36.0",
        "Content-Type": "application/json",
    }
    url = service.endpoint + "/ttn"
    trust = ssl.create_default_context(cafile=service.ca)
    answer = httpx.post(url, json=message, headers=headers, verify=trust)
    assert answer.json()["status"] == "TTN Payload Processed"
    assert set(row) <= set(stored("ttn", "barn"))
    times = {each["first_us"] for each in service.store.channels() if each["device"] == "barn"}
    assert times == {1_777_630_830_000_000}
