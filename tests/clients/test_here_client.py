"""@here/tracking-js, the vendor's own client, logs in and sends to the local server."""

_PROGRAM = """
const Tracking = require("@here/tracking-js");
const [url, id, secret, wrong] = process.argv.slice(1);
const tracking = new Tracking();
tracking._hosts.production = url;  // There is no public setting.
tracking.environment = "production";
tracking.correlationId = "0d3c9c1e-6b1a-4f7e-9d3a-2f1f2b3c4d5e";
(async () => {
  const refused = await tracking.device.login(id, wrong).catch(error => error.status);
  const {accessToken, expiresIn} = await tracking.device.login(id, secret);
  const item = {position: {lat: 55.9535, lng: -3.1939, accuracy: 10}, payload: {sensor: 7}};
  const send = timestamp => tracking.device.send({...item, timestamp}, {token: accessToken});
  const shadow = await send(Date.now());
  const late = await send(1515169948976).catch(error => error.status);
  console.log(JSON.stringify({refused, expiresIn, shadow, late}));
})();
"""


def test_it_logs_in_and_sends(service, node, stored):
    here = service.summary()["here"]
    reported = node(_PROGRAM, here["url"], here["device_id"], here["device_secret"], "x" * 43)
    assert reported["refused"] == 401
    assert reported["expiresIn"] == 86_399
    assert "stateVersion" in reported["shadow"]["system"]
    assert reported["late"] == 400
    assert stored("here", here["tracking_id"]) == {"sensor": (1, 0)}
