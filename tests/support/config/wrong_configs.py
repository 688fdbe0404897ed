"""Wrong configurations, each with the user's mistake and the complete line that the user sees.

An entry changes one section of the plain node of test_config.py: (mistake, section, changes,
place, seen, remedy); None removes a key.
"""

DURATION = 'as a whole number and its unit in quotes, such as "10 min" (d, h, min, s, ms)'
TEXT = "give a text in quotes, 1 to 100 bytes of UTF-8 without control codes"
SSID = "give the network's name in quotes, 1 to 32 bytes"
PASSWORD = "give 8 to 63 bytes or 64 hex digits in quotes; open networks have none"
KEY = "give the key as its dashboard shows it: a text without spaces"
PLACEHOLDER = "replace this placeholder with your own value"
ADDRESS = "give a whole number without quotes, 118 to 119 (0x76 to 0x77)"
FILES = 'give "auto", a file of certificates, or a list of up to 16 files'
HOSTS = 'give a list of 1 to 4 different host names, such as ["pool.ntp.org"], without ://'
ID = 'give 1 to 60 letters, digits or any of "-_"'
URL = (
    "give the address as the dashboard shows it: "
    "URL must be http(s)://host[:port 1-65535][/path], no user, no #fragment"
)
PATH = "give the full address with its path, such as /api/v2/ingest/123"
RENAME = 'add prefix = "..." to a sensor, or rename it in names'
DRIVERS = "known here: battery, bme280"
ENTERPRISE = "https://acme.harbor.harborscale.com/api/v2/ingest/123"
OPEN_SERVER = "http://10.0.0.2:8080/api/v2/ingest"
NODE_KEYS = (
    "known here: board, durability, name, queue_coding, queue_size_max, report_every, "
    "sample_every, send_every, stage_age_max, stamps"
)


def _address(url):
    return {"harbor_id": None, "endpoint": url}


def _here(**changes):
    """Return the changes that turn the plain node's uplink into a HERE uplink."""
    options = {"kind": "here", "harbor_id": None, "api_key": None, "device_secret": "hush-hush"}
    options["device_id"] = "9d9c31be-dd5d-40b1-95af-7d5375c39561"
    options.update(changes)
    return options


def _sensocan(**changes):
    """Return the changes that turn the plain node's uplink into a SensoCan uplink."""
    options = {"kind": "sensocan", "harbor_id": None, "api_key": None, "token": "hush-hush"}
    options["device_uuid"] = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
    options.update(changes)
    return options


# fmt: off
NODE = (
    ("a letter missing", "node", {"sample_evry": "1 s"},
     "sample_evry", "unknown key", 'did you mean "sample_every"?'),
    ("a dash for a low line", "node", {"sample-every": "1 s"},
     "sample-every", "unknown key", 'did you mean "sample_every"?'),
    ("camel case", "node", {"sampleEvery": "1 s"},
     "sampleEvery", "unknown key", 'did you mean "sample_every"?'),
    ("a key that nobody knows", "node", {"zzzzzzz": 1}, "zzzzzzz", "unknown key", NODE_KEYS),
    ("an empty key", "node", {"": 1}, '""', "unknown key", NODE_KEYS),
    ("Wi-Fi in [node]", "node", {"ssid": "x"}, "ssid", "unknown key", "move it below [[wifi]]"),
    ("a secret in [node]", "node", {"api_key": "hush"},
     "api_key", "unknown key", "move it below [[uplink]]"),
    ("a time without unit, quoted", "node", {"sample_every": "600"},
     "sample_every", '"600"', "give 100 ms to 1 d " + DURATION),
    ("a time as a number", "node", {"sample_every": 600},
     "sample_every", "600", "give 100 ms to 1 d " + DURATION),
    ("a fraction", "node", {"sample_every": "0.5 h"},
     "sample_every", '"0.5 h"', "give 100 ms to 1 d " + DURATION),
    ("too slow", "node", {"send_every": "8 d"},
     "send_every", '"8 d"', "give 100 ms to 7 d " + DURATION),
    ("samples too close for stamps in s", "node", {"sample_every": "1999 ms", "stamps": "s"},
     "stamps", '"s"', 'remove it: samples less than 2 s apart need "ms"'),
    ("sending faster than sampling", "node", {"send_every": "1 s"},
     "send_every", "1 s", "give at least sample_every, which is 10 min"),
    ("a choice that is none", "node", {"stamps": "us"},
     "stamps", '"us"', 'give one of "s", "ms"'),
    ("a durability that nobody knows", "node", {"durability": "rows"},
     "durability", '"rows"', 'give one of "row", "stage"'),
    ("rows that wait too long", "node", {"durability": "stage", "stage_age_max": "30 d"},
     "stage_age_max", '"30 d"', "give 1 s to 7 d " + DURATION),
    ("a size too small", "node", {"queue_size_max": "1 KB"},
     "queue_size_max", '"1 KB"',
     'give 16 KB to 64 MB as a whole number and its unit in quotes, such as "600 KB" (MB, KB, B)'),
    ("an empty name", "node", {"name": ""}, "name", '""', TEXT),
    ("a line break in a name", "node", {"name": "a\nb"}, "name", '"a?b"', TEXT),
    ("a name too long", "node", {"name": "n" * 101}, "name", '"%s..."' % ("n" * 80), TEXT),
    ("a list for a text", "node", {"name": ["a", "b"]}, "name", "a list of 2", TEXT),
    ("true for a text", "node", {"name": True}, "name", "true", TEXT),
    ("the vendor's example name", "node", {"name": "CustomName"},
     "name", '"CustomName"', PLACEHOLDER),
)
INTERFACE = 'give an address and its network\'s bits, such as "192.168.1.50/24"'
IPV4 = 'give four numbers up to 255 in quotes, such as "192.168.1.1"'
WIFI = (
    ("a network's name too long", "wifi", {"ssid": "x" * 33}, "ssid", '"%s"' % ("x" * 33), SSID),
    ("a network's name in too many bytes", "wifi", {"ssid": "\xe9" * 17},
     "ssid", '"%s"' % ("\xe9" * 17), SSID),
    ("no network's name", "wifi", {"ssid": None}, "ssid", "missing", SSID),
    ("a short password", "wifi", {"password": "short"},
     "password", "a text of 5 characters", PASSWORD),
    ("a key that is no hex", "wifi", {"password": "g" * 64},
     "password", "a text of 64 characters", PASSWORD),
    ("a network never filled in", "wifi", {"ssid": "YOUR_WIFI_NAME"},
     "ssid", '"YOUR_WIFI_NAME"', PLACEHOLDER),
    ("a password never filled in", "wifi", {"password": "YOUR_WIFI_PASSWORD"},
     "password", "a text of 18 characters", PLACEHOLDER),
    ("a letter missing in ssid", "wifi", {"ssid": None, "sid": "garden"},
     "sid", "unknown key", 'did you mean "ssid"?'),
    ("a misspelt secret", "wifi", {"pasword": "correct horse"},
     "pasword", "unknown key", 'did you mean "password"?'),
    ("hidden as a text", "wifi", {"hidden": "yes"}, "hidden", '"yes"',
     "give true or false, without quotes"),
    ("an address without its network", "wifi", {"ip": "192.168.1.50"},
     "ip", '"192.168.1.50"', INTERFACE),
    ("the network for an address", "wifi", {"ip": "192.168.1.0/24"},
     "ip", "192.168.1.0, which names the network", "give one of 192.168.1.1 to 192.168.1.254"),
    ("the address of all", "wifi", {"ip": "10.255.255.255/8"},
     "ip", "10.255.255.255, which names the network", "give one of 10.0.0.1 to 10.255.255.254"),
    ("a router elsewhere", "wifi", {"ip": "192.168.1.50/25", "gateway": "192.168.1.129"},
     "gateway", "192.168.1.129", "give the router's address in the network 192.168.1.0/25"),
    ("the node as its router", "wifi", {"ip": "192.168.1.1/24"},
     "gateway", "192.168.1.1", "give the router's address in the network 192.168.1.0/24"),
    ("a number above 255", "wifi", {"ip": "192.168.1.50/24", "dns": "9.9.9.256"},
     "dns", '"9.9.9.256"', IPV4),
    ("a router without an address", "wifi", {"gateway": "192.168.1.1"},
     "gateway", '"192.168.1.1"', 'give ip too, such as "192.168.1.50/24", or remove it'),
    ("a lease of a month", "wifi", {"lease_max": "30 d"}, "lease_max", '"30 d"',
     'give 0 d to 7 d as a whole number and its unit in quotes, such as "10 min" '
     "(d, h, min, s, ms)"),
)
UPLINK = (
    ("a misspelt kind", "uplink", {"kind": "habor"},
     "kind", 'unknown uplink "habor"', 'did you mean "harbor"?'),
    ("a kind that is to come", "uplink", {"kind": "mqtt"},
     "kind", 'unknown uplink "mqtt"', "known here: harbor"),
    ("a letter missing in kind", "uplink", {"kind": None, "knd": "harbor"},
     "knd", "unknown key", 'did you mean "kind"?'),
    ("no kind", "uplink", {"kind": None}, "kind", "missing", "known here: harbor"),
    ("no api key", "uplink", {"api_key": None}, "api_key", "missing", KEY),
    ("a header pasted along", "uplink", {"api_key": "Bearer hush-hush"},
     "api_key", "a text of 16 characters", KEY),
    ("a key never filled in", "uplink", {"api_key": "YOUR_API_KEY"},
     "api_key", "a text of 12 characters", PLACEHOLDER),
    ("our own words for a key", "uplink", {"api_key": "<your key>"},
     "api_key", "a text of 10 characters", PLACEHOLDER),
    ("an id never filled in", "uplink", {"harbor_id": "[YOUR_HARBOR_ID]"},
     "harbor_id", '"[YOUR_HARBOR_ID]"', PLACEHOLDER),
    ("an id that is a path", "uplink", {"harbor_id": "1/2"}, "harbor_id", '"1/2"', ID),
    ("a number far too large", "uplink", {"harbor_id": 1 << 80},
     "harbor_id", "a number far too large", ID),
    ("neither address nor id", "uplink", {"harbor_id": None}, "endpoint", "missing",
     "give the full address that the dashboard shows for an ESP32, or harbor_id"),
    ("address and id", "uplink", {"endpoint": ENTERPRISE},
     "harbor_id", "given together with endpoint", "keep one of the two"),
    ("address and tenant", "uplink",
     {"harbor_id": None, "tenant": "acme", "endpoint": ENTERPRISE},
     "tenant", "given together with endpoint", "remove it: endpoint names the server"),
    ("a server's name of characters that have several bytes", "uplink",
     {"names": {"temperature": "\xe9" * 51}},
     "names: temperature", '"%s"' % ("\xe9" * 51), TEXT),
    ("a server's name that does not print", "uplink", {"names": {"temperature": "a\x1bb"}},
     "names: temperature", '"a?b"', TEXT),
    ("the cloud's base without an id", "uplink", _address("https://harborscale.com/api/v2/ingest/"),
     "endpoint", '"https://harborscale.com/api/v2/ingest/"',
     "add harbor_id, or put the harbor's number after the address: .../ingest/123"),
    ("one version's address, the other's name", "uplink",
     {"harbor_id": None, "api": "v1", "endpoint": ENTERPRISE},
     "api", '"v1"', "remove it: endpoint is an address of v2"),
    ("a version that is none", "uplink", {"api": "v3"}, "api", '"v3"', 'give one of "v1", "v2"'),
    ("a mode that is none", "uplink", {"mode": "bulk"},
     "mode", '"bulk"', 'give one of "auto", "single", "batch"'),
    ("true for gzip", "uplink", {"gzip": True},
     "gzip", "true", 'give one of "auto", "on", "off"'),
    ("the older page's http", "uplink",
     _address("http://telemetryharbor.com/api/v1/ingest/ingest/7"), "endpoint",
     '"http://telemetryharbor.com/api/v1/ingest/ingest/7"',
     "write https://, or add allow_plain_http = true: the key is then sent unencrypted"),
    ("the older page's tenant", "uplink",
     _address("http://CustomName.harbor.telemetryharbor.com//api/v1/ingest/ingest/7/batch"),
     "endpoint",
     '"http://CustomName.harbor.telemetryharbor.com//api/v1/ingest/ingest/7/batch"', PLACEHOLDER),
    ("a tenant never filled in", "uplink", _address("https://[YOUR_TENANT].example/api/v2/1"),
     "endpoint", '"https://[YOUR_TENANT].example/api/v2/1"', PLACEHOLDER),
    ("the address of webhooks", "uplink", _address("https://harborscale.com/ingest/1/TTN/"),
     "endpoint", '"https://harborscale.com/ingest/1/TTN/"',
     "remove /ttn: that address takes The Things Stack's webhooks only"),
    ("http without leave", "uplink", _address(OPEN_SERVER), "endpoint", '"%s"' % OPEN_SERVER,
     "write https://, or add allow_plain_http = true: the key is then sent unencrypted"),
    ("a server without path", "uplink", _address("https://harborscale.com"),
     "endpoint", '"https://harborscale.com"',
     PATH),
    ("a key in the address", "uplink", _address("https://harborscale.com/1?key=hush"),
     "endpoint", '"https://harborscale.com/1"',
     "remove the question mark and the text after it"),
    ("a user in the address", "uplink", _address("https://u:hush@harborscale.com/1"),
     "endpoint", '"https://...@harborscale.com/1"', URL),
    ("a user in an address without scheme", "uplink", _address("u:hush@harborscale.com/1"),
     "endpoint", '"...@harborscale.com/1"', URL),
    ("no https:// at all", "uplink", _address("harborscale.com/api/v2/ingest/123"),
     "endpoint", '"harborscale.com/api/v2/ingest/123"', URL),
    ("a blank in the address", "uplink", _address("https://harborscale.com/a b"),
     "endpoint", '"https://harborscale.com/a b"',
     "give the full address, such as https://harborscale.com/api/v2/ingest/123"),
    ("a path as a label", "uplink", {"label": "data/harbor"},
     "label", '"data/harbor"', 'give 1 to 24 letters, digits or any of "-_"'),
    ("days with a unit", "uplink", {"hold_days": "30 d"},
     "hold_days", '"30 d"', "give a whole number without quotes, 0 to 3650"),
    ("a start that is none", "uplink", {"start": "now"},
     "start", '"now"', 'give one of "oldest", "new"'),
    ("a word for true", "uplink", {"allow_plain_http": "yes"},
     "allow_plain_http", '"yes"', "give true or false, without quotes"),
    ("the key as the kind", "uplink", {"kind": "hush7_0123456789abcdef"},
     "kind", "unknown uplink: a text of 22 characters", "known here: harbor"),
    ("the key as the mode", "uplink", {"mode": "0123456789abcdef"},
     "mode", "a text of 16 characters", 'give one of "auto", "single", "batch"'),
    ("the key as the address", "uplink", _address("hush/7+0123456789abcdef="),
     "endpoint", "a text of 24 characters", URL),
    ("the key as the host", "uplink", _address("https://hush7_0123456789abcdef"),
     "endpoint", '"https://..."', PATH),
    ("the key in the address's path", "uplink",
     _address("http://harborscale.com/api/v2/ingest/hush7_0123456789abcdef"), "endpoint",
     '"http://harborscale.com/api/v2/ingest/..."',
     "write https://, or add allow_plain_http = true: the key is then sent unencrypted"),
    ("an empty list of roots", "uplink", {"ca": []}, "ca", "a list of 0", FILES),
    ("a file's name too long", "uplink", {"ca": ["r" * 201]}, "ca", "a list of 1", FILES),
    ("a key pasted for its file", "uplink", {"ca": "-----BEGIN PRIVATE KEY-----\nhush"},
     "ca", "a text of 32 characters", FILES),
    ("roots switched off", "uplink", {"ca": False}, "ca", "false", FILES),
)
SENSOR = (
    ("a misspelt driver", "sensor", {"driver": "bme208"},
     "driver", 'unknown driver "bme208"', 'did you mean "bme280"?'),
    ("no driver", "sensor", {"driver": None}, "driver", "missing", DRIVERS),
    ("two drivers in one", "sensor", {"driver": "bme280, battery"},
     "driver", '"bme280, battery"', DRIVERS),
    ("an address of another chip", "sensor", {"address": 0x20}, "address", "32", ADDRESS),
    ("an address in quotes", "sensor", {"address": "0x76"}, "address", '"0x76"', ADDRESS),
    ("a misspelt address", "sensor", {"adress": 0x77},
     "adress", "unknown key", 'did you mean "address"?'),
    ("a pin where a bus is asked for", "sensor", {"bus": -1},
     "bus", "-1", 'give the name of a bus, such as "i2c0"'),
    ("a number for a UART's name", "sensor", {"driver": "gps", "uart": 2},
     "uart", "2", 'give the name of a bus, such as "gps"'),
    ("a letter missing in driver", "sensor", {"driver": None, "drivr": "bme280"},
     "drivr", "unknown key", 'did you mean "driver"?'),
    ("a rate between the chip's", "sensor", {"driver": "lis3dh", "rate_hz": 12},
     "rate_hz", "12", "give one of 1, 10, 25, 50, 100"),
    ("a range that the chip has not", "sensor", {"driver": "lis3dh", "range_g": 6},
     "range_g", "6", "give one of 2, 4, 8, 16"),
    ("a rate for a slow chip", "sensor", {"rate_hz": 10},
     "rate_hz", "unknown key", "known here: address, alarm_above, alarm_below, "
     "alarm_hysteresis, altitude_m, bus, decimals, derive, "
     "driver, every, extremes, max, mean, median, min, name, names, offset, pause, points, "
     "power_pin, prefix, report_at_once, report_change, scale, unit, warm_up"),
    ("one offset for three channels", "sensor", {"offset": 0.5},
     "offset", "one value for 3 channels", "give a table, such as { temperature = ... }"),
    ("an offset of another channel", "sensor", {"offset": {"temprature": 0.5}},
     "offset: temprature", "unknown key", 'did you mean "temperature"?'),
    ("an offset in quotes", "sensor", {"offset": {"temperature": "0.5"}}, "offset: temperature",
     '"0.5"', "give a number without quotes, -1000000000 to 1000000000"),
    ("a scale of nothing", "sensor", {"scale": {"humidity": 0}},
     "scale: humidity", "0", "give another number"),
    ("limits that leave nothing", "sensor", {"min": {"humidity": 1}, "max": {"humidity": 0.5}},
     "min: humidity", "more than max", "give at most max"),
    ("too many decimals", "sensor", {"decimals": {"humidity": 7}},
     "decimals: humidity", "7", "give a whole number without quotes, 0 to 6"),
    ("a unit in numbers", "sensor", {"unit": {"humidity": 7}}, "unit: humidity", "7",
     "give a text in quotes, 0 to 20 bytes of UTF-8 without control codes"),
    ("one name for three channels", "sensor", {"name": "outdoor"}, "name",
     "one name for 3 channels", 'give a table: names = { temperature = "..." }'),
    ("a channel that none can derive", "sensor", {"derive": ["dewpoint"]},
     "derive", '"dewpoint"', 'did you mean "dew_point"?'),
    ("a derived channel in no list", "sensor", {"derive": "dew_point"}, "derive", '"dew_point"',
     'give a list of any of "absolute_humidity", "dew_point", "heat_index", "sea_level_pressure"'),
    ("a derived channel twice", "sensor", {"derive": ["dew_point", "dew_point"]},
     "derive", '"dew_point" twice', "name it once"),
    ("a dew point of a voltage", "sensor", {"driver": "battery", "derive": ["dew_point"]},
     "derive: dew_point", "needs temperature", "remove it: the sensor has battery_voltage"),
    ("a dew point of Fahrenheit", "sensor",
     {"derive": ["dew_point"], "unit": {"temperature": "F"}}, "derive: dew_point",
     "needs temperature in \xb0C", "remove the unit of temperature"),
    ("a sea level without an altitude", "sensor", {"derive": ["sea_level_pressure"]},
     "altitude_m", "missing", "give the sensor's height above sea level in metres"),
    ("an altitude for nothing", "sensor", {"altitude_m": 12.5}, "altitude_m", "not used",
     'remove it, or add "sea_level_pressure" to derive'),
    ("an altitude in space", "sensor", {"derive": ["sea_level_pressure"], "altitude_m": 9001},
     "altitude_m", "9001", "give a number without quotes, -500 to 9000"),
    ("a median of two", "sensor", {"median": 2},
     "median", "2", "give one of 3, 5, 7, 9, 11, 13, 15"),
    ("a mean of one", "sensor", {"mean": 1},
     "mean", "1", "give a whole number without quotes, 2 to 50"),
    ("extremes in numbers", "sensor", {"mean": 5, "extremes": 1},
     "extremes", "1", "give true or false, without quotes"),
    ("never read", "sensor", {"every": 0},
     "every", "0", "give a whole number without quotes, 1 to 1000"),
    ("a warm-up of what is always warm", "sensor", {"warm_up": "2 s"},
     "warm_up", "without power_pin", "give power_pin, or remove it"),
    ("an offset on a fast sensor", "sensor", {"driver": "lis3dh", "offset": 1},
     "offset", "on a fast sensor", "remove it"),
    ("a median of a fast sensor", "sensor", {"driver": "lis3dh", "median": 3},
     "median", "on a fast sensor", "remove it"),
    ("a channel that the chip has not", "sensor", {"names": {"temprature": "outdoor"}},
     "names: temprature", "unknown key", 'did you mean "temperature"?'),
    ("one name for all channels", "sensor", {"names": "outdoor"},
     "names", '"outdoor"', 'give a table, such as { temperature = "outdoor" }'),
    ("two channels of one name", "sensor", {"names": {"temperature": "humidity"}},
     "humidity", 'named "humidity", as [[sensor]] 1: temperature', RENAME),
    ("the name of the node's own", "sensor", {"names": {"temperature": "node_boots"}},
     "temperature", 'named "node_boots", as the node\'s own channel', RENAME),
    ("prefix and name too long", "sensor",
     {"prefix": "p" * 60, "names": {"temperature": "t" * 41}},
     "temperature", "a name of 101 bytes", "shorten prefix or name to 100 bytes in all"),
    ("a name of characters that have several bytes", "sensor",
     {"prefix": "p", "names": {"temperature": "\xe9" * 50}},
     "temperature", "a name of 101 bytes", "shorten prefix or name to 100 bytes in all"),
)
OTHERS = (
    ("an unknown source", "power", {"source": "sun"},
     "source", '"sun"', 'give one of "mains", "battery"'),
    ("a key as the source", "power", {"source": "hush7_0123456789abcdef"},
     "source", "a text of 22 characters", 'give one of "mains", "battery"'),
    ("a key as the alert's address", "alert", {"url": "hush7_0123456789abcdef"},
     "url", "a text of 22 characters", "give an address that begins with https://"),
    ("a key in the alert's address", "alert", {"url": "http://hooks.example/T0/hush7_012345"},
     "url", '"http://hooks.example/T0/..."', "give an address that begins with https://"),
    ("one server without a list", "time", {"sntp": "pool.ntp.org"},
     "sntp", '"pool.ntp.org"', HOSTS),
    ("the same server twice", "time", {"sntp": ["a.example", "a.example"]},
     "sntp", "a list of 2", HOSTS),
    ("an address for a host", "time", {"sntp": ["https://pool.ntp.org"]},
     "sntp", "a list of 1", HOSTS),
    ("a zone", "time", {"zone": "Europe/Berlin"},
     "zone", "unknown key", "known here: ds3231, error_max, http_date, sntp, undated"),
    ("the number of a bus", "time", {"ds3231": 0}, "ds3231", "0",
     'give the name of a bus, such as "i2c0"'),
    ("no error at all", "time", {"error_max": "0 s"}, "error_max", '"0 s"',
     "give 100 ms to 5 min as a whole number and its unit in quotes, such as \"10 min\" "
     "(d, h, min, s, ms)"),
    ("a word for the date", "time", {"http_date": "no"}, "http_date", '"no"',
     "give true or false, without quotes"),
)
HERE_ID = "give the device's id from its licence: 36 characters with four dashes"
HERE_KEYS = (
    "known here: accept_wifi, allow_plain_http, async, bluetooth_scan, ca, channels, device_id, "
    "device_secret, endpoint, gsm_scan, hold_days, kind, label, mode, names, on_doubt, reported, "
    "send_every, shadow_payload, shadow_sample_every_min, shadow_send_every_min, signing_url, "
    "start, state_age_max, wlan_scan"
)
HERE_URL = "give the server only, such as https://tracking.api.here.com"
NAMES = 'give a list of 1 to 16 names, such as ["led"]'
HERE = (
    ("HERE: no device", "uplink", _here(device_id=None), "device_id", "missing",
     "give a text in quotes, 1 to 60 bytes of UTF-8 without control codes"),
    ("HERE: the id of the tracked thing", "uplink", _here(device_id="HERE-1b25138b"),
     "device_id", '"HERE-1b25138b"', HERE_ID),
    ("HERE: no hex", "uplink", _here(device_id="9d9c31be-dd5d-40b1-95af-7d5375c3956g"),
     "device_id", '"9d9c31be-dd5d-40b1-95af-7d5375c3956g"', HERE_ID),
    ("HERE: a blank pasted along", "uplink", _here(device_secret="hush hush"), "device_secret",
     "a text of 9 characters", KEY),
    ("HERE: a key of another dialect", "uplink", _here(api_key="hush"), "api_key", "unknown key",
     HERE_KEYS),
    ("HERE: an address with a path", "uplink", _here(endpoint="https://a.example/tracking"),
     "endpoint", '"https://a.example/tracking"', HERE_URL),
    ("HERE: plain http", "uplink", _here(endpoint="http://127.0.0.1:8443"),
     "endpoint", '"http://127.0.0.1:8443"',
     "write https://, or add allow_plain_http = true: the token is then sent unencrypted"),
    ("HERE: a host without scheme", "uplink", _here(endpoint="tracking.api.here.com"),
     "endpoint", '"tracking.api.here.com"', "give the server's address: " + URL.split(": ", 1)[1]),
    ("HERE: signed for a path", "uplink", _here(signing_url="https://a.example/x"),
     "signing_url", '"https://a.example/x"', HERE_URL),
    ("HERE: an unknown mode", "uplink", _here(mode="strict"),
     "mode", '"strict"', 'give one of "log", "trusting"'),
    ("HERE: a member that HERE has not", "uplink", _here(reported={"temperature": "roof"}),
     "reported: temperature", "unknown key", 'did you mean "temperatureC"?'),
    ("HERE: a member without a channel", "uplink", _here(reported={"tiltDegree": 5}),
     "reported: tiltDegree", "5", 'give the name of a channel, such as "air_temperature"'),
    ("HERE: one key without a list", "uplink", _here(shadow_payload="led"),
     "shadow_payload", '"led"', NAMES),
    ("HERE: a key with a blank", "uplink", _here(shadow_payload=["led 1"]),
     "shadow_payload", "a list of 1", NAMES),
    ("HERE: sending without pause", "uplink", _here(shadow_send_every_min="0 s"),
     "shadow_send_every_min", '"0 s"', "give 1 s to 1 d " + DURATION),
    ("HERE: a word for a scan", "uplink", _here(wlan_scan="yes"),
     "wlan_scan", '"yes"', "give true or false, without quotes"),
)
SENSOCAN_ID = "give the UUID that the dashboard shows below Device Details > Overview"
SENSOCAN_URL = "give the address up to /api/v1; device_uuid and names supply the rest"
SENSOCAN_KEYS = (
    "known here: allow_plain_http, battery, ca, channels, device_uuid, endpoint, hold_days, kind, "
    "label, names, on_doubt, send_every, start, token"
)
SENSOCAN = (
    ("SensoCan: no device", "uplink", _sensocan(device_uuid=None), "device_uuid", "missing",
     SENSOCAN_ID),
    ("SensoCan: a UUID in braces", "uplink", _sensocan(device_uuid="{device_uuid}"),
     "device_uuid", '"{device_uuid}"', PLACEHOLDER),
    ("SensoCan: no token", "uplink", _sensocan(token=None), "token", "missing", KEY),
    ("SensoCan: the header pasted along", "uplink", _sensocan(token="Bearer hush-hush"),
     "token", "a text of 16 characters", KEY),
    ("SensoCan: a token never filled in", "uplink", _sensocan(token="{DEVICE_ACCESS_TOKEN}"),
     "token", "a text of 21 characters", PLACEHOLDER),
    ("SensoCan: a key of another dialect", "uplink", _sensocan(api_key="hush"),
     "api_key", "unknown key", SENSOCAN_KEYS),
    ("SensoCan: the whole address", "uplink",
     _sensocan(endpoint="https://api.sensocan.com/api/v1/devices/1/readings"),
     "endpoint", '"https://api.sensocan.com/api/v1/devices/1/readings"', SENSOCAN_URL),
    ("SensoCan: a token in the address", "uplink",
     _sensocan(endpoint="https://api.sensocan.com/api/v1?token=hush"),
     "endpoint", '"https://api.sensocan.com/api/v1"', SENSOCAN_URL),
    ("SensoCan: the server without path", "uplink", _sensocan(endpoint="https://a.example/"),
     "endpoint", '"https://a.example/"',
     "give the address with its path, such as https://api.sensocan.com/api/v1"),
    ("SensoCan: plain http", "uplink", _sensocan(endpoint="http://10.0.0.2:8080/api/v1"),
     "endpoint", '"http://10.0.0.2:8080/api/v1"',
     "write https://, or add allow_plain_http = true: the token is then sent unencrypted"),
    ("SensoCan: no https:// at all", "uplink", _sensocan(endpoint="api.sensocan.com/api/v1"),
     "endpoint", '"api.sensocan.com/api/v1"',
     "give the server's address: " + URL.split(": ", 1)[1]),
    ("SensoCan: volts for a channel", "uplink", _sensocan(battery=3.7), "battery", "3.7",
     "give a text in quotes, 0 to 100 bytes of UTF-8 without control codes"),
    ("SensoCan: an unknown word for a doubt", "uplink", _sensocan(on_doubt="drop"),
     "on_doubt", '"drop"', 'give one of "resend", "skip"'),
)
# fmt: on
WRONG = NODE + WIFI + UPLINK + SENSOR + OTHERS + HERE + SENSOCAN
