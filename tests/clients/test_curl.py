"""The examples that the vendors print for cURL, run with it: only host, ids and keys differ."""

import json
import shlex
import subprocess

import pytest

JSON = '-H "Content-Type: application/json"'
HARBOR = f'-H "X-API-Key: {{key}}" {JSON}'
SENSOCAN = f'-H "Authorization: Bearer {{token}}" {JSON}'
DEVICE = "{sensocan}/devices/{device}"

# Name, command, status, and number of points stored.
EXAMPLES = (
    ("v2 single", f"""curl -X POST {{v2}} {HARBOR}
      -d '{{{{"ship_id": "manual_test", "cargo_id": "test_metric", "value": 100}}}}'""", 200, 1),
    ("v2 batch", f"""curl -X POST {{v2}}/batch {HARBOR}
      -d '[{{{{"ship_id": "s1", "cargo_id": "temp", "value": 20}}}},
           {{{{"ship_id": "s1", "cargo_id": "hum", "value": 50}}}}]'""", 202, 2),
    ("v1 single", f"""curl -X POST {{v1}} -H "X-API-Key: {{v1_key}}" {JSON}
      -d '{{{{"time":"2024-11-18T19:24:00.948Z","ship_id":"string","cargo_id":"string",
            "value":0}}}}'""", 200, 1),
    ("SensoCan single", f"""curl -X POST {DEVICE}/sensors/{{sensor}}/readings {SENSOCAN}
      -d '{{{{"data":{{{{"value":25.5,"timestamp":"2023-10-27T10:00:00Z"}}}},
            "battery_voltage":3.7}}}}'""", 201, 1),
    ("SensoCan bulk", f"""curl -X POST {DEVICE}/sensors/{{sensor}}/readings/bulk {SENSOCAN}
      -d '{{{{"data": [{{{{"value": 22.1, "timestamp": "2023-10-27T09:00:00Z"}}}},
                     {{{{"value": 22.4, "timestamp": "2023-10-27T09:15:00Z"}}}},
                     {{{{"value": 22.8, "timestamp": "2023-10-27T09:30:00Z"}}}}],
            "battery_voltage": 3.6}}}}'""", 201, 3),
    ("SensoCan batch", f"""curl -X POST {DEVICE}/readings {SENSOCAN}
      -d '{{{{"data": [{{{{"sensor_slug": "temperature", "value": 25.5,
                       "timestamp": "2023-10-27T10:00:00Z"}}}},
                     {{{{"sensor_uuid": "{{sensor}}", "value": 60.2}}}},
                     {{{{"sensor_slug": "battery_voltage", "value": 95}}}}],
            "battery_voltage": 3.7}}}}'""", 201, 3),
    ("HERE time", "curl {here}/v2/timestamp", 200, 0),
    ("HERE health", "curl {here}/v2/health", 200, 0),
)  # fmt: skip


@pytest.fixture
def places(service):
    summary = service.summary()
    sensocan = summary["sensocan"]
    return {
        "v2": summary["harbor"]["endpoint"],
        "key": summary["harbor"]["api_key"],
        "v1": summary["harbor_v1"]["endpoint"],
        "v1_key": summary["harbor_v1"]["api_key"],
        "sensocan": sensocan["url"],
        "device": sensocan["device_uuid"],
        "token": sensocan["token"],
        "sensor": sensocan["sensors"]["temperature"],
        "here": summary["here"]["url"],
    }


def count_points(service):
    return sum(each["points"] for each in service.store.channels())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_printed_examples(service, places, example):
    _, command, status, count = example
    before = count_points(service)
    options = ["--silent", "--cacert", service.ca, "--write-out", "\n%{http_code}"]
    done = subprocess.run(
        [*shlex.split(command.format(**places)), *options],
        capture_output=True,
        text=True,
        check=True,
    )
    body, _, code = done.stdout.rpartition("\n")
    assert int(code) == status, body
    assert isinstance(json.loads(body), dict)
    assert count_points(service) - before == count
