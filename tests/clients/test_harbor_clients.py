"""harborscalesdk and telemetryharborsdk, from PyPI and from npm, against Harbor v2 and v1."""

import pytest

_PYTHON = """
import json, sys
module, endpoint, key, ship = sys.argv[1:]
sdk = __import__(module)
client = sdk.HarborClient(endpoint, key, max_retries=2, initial_backoff=0.1)
def reading(cargo, value):
    return sdk.GeneralReading(ship_id=ship, cargo_id=cargo, value=value)
one, many = reading("single", 24.5), [reading("c%d" % n, n / 7) for n in range(100)]
statuses = [client.send(one).status_code, client.send_batch(many).status_code]
statuses.append(client.send_batch(many).status_code)  # Its own retry: equal stamps.
print(json.dumps(statuses))
"""
_REFUSED = """
import json, sys
module, endpoint, ship = sys.argv[1:]
sdk = __import__(module)
try:
    client = sdk.HarborClient(endpoint, "wrong", max_retries=0)
    client.send(sdk.GeneralReading(ship_id=ship, cargo_id="c", value=1))
    print(json.dumps("taken"))
except ValueError as error:
    print(json.dumps(str(error)))
"""
_JAVASCRIPT = """
const {HarborClient} = require("telemetryharborsdk");
const [endpoint, key, ship] = process.argv.slice(1);
(async () => {
  const client = new HarborClient(endpoint, key);
  const item = n => ({ship_id: ship, cargo_id: "c" + n, value: n / 7});
  const items = [...Array(100).keys()].map(item);
  const answers = [await client.send({ship_id: ship, cargo_id: "single", value: 24.5})];
  answers.push(await client.sendBatch(items));
  console.log(JSON.stringify(answers.map(answer => answer.status ?? answer)));
})();
"""


def place_of(service, api):
    """Return (endpoint, key) of one version."""
    if api == "harbor_v2":
        return service.endpoint, service.api_key
    v1 = service.summary()["harbor_v1"]
    return v1["endpoint"], v1["api_key"]


@pytest.mark.parametrize(
    ("module", "api", "batch_status"),
    [("harborscalesdk", "harbor_v2", 202), ("telemetryharborsdk", "harbor_v1", 200)],
)
def test_python(service, python, stored, module, api, batch_status):
    statuses = python(_PYTHON, module, *place_of(service, api), module)
    assert statuses == [200, batch_status, batch_status]
    expected = {f"c{n}": (1, 1) for n in range(100)}
    assert stored(api, module) == {"single": (1, 0), **expected}
    assert "taken" not in python(_REFUSED, module, place_of(service, api)[0], module)


@pytest.mark.parametrize("api", ["harbor_v2", "harbor_v1"])
def test_javascript(service, node, stored, api):
    node(_JAVASCRIPT, *place_of(service, api), "npm")
    assert stored(api, "npm") == {"single": (1, 0), **{f"c{n}": (1, 0) for n in range(100)}}
