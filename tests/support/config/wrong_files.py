"""Wrong files, each with the mistake and the lines that `wherry check` prints.

Each is (the mistake, a piece of the plain file, its replacement, the lines); bytes replace the
whole file.
"""

PLAIN = """\
[node]
name = "greenhouse"
sample_every = "10 min"

[[wifi]]
ssid = "garden"
password = "hush-hush"

[[uplink]]
kind = "harbor"
harbor_id = 123
api_key = "hush-hush"
ca = "roots.pem"

[[sensor]]
driver = "bme280"
"""

END = 'driver = "bme280"\n'
NAME = '"greenhouse"'
LIST_OF_ALL = "alert, node, power, sensor, time, uplink, wifi"
MISSING = (
    "node.toml: [[wifi]]: missing; add at least one [[wifi]]\n"
    "node.toml: [[uplink]]: missing; add at least one [[uplink]]\n"
    "node.toml: [[sensor]]: missing; add at least one [[sensor]]"
)
TEXT = "give a text in quotes, 1 to 100 bytes of UTF-8 without control codes"
DURATION = (
    "give 100 ms to 1 d as a whole number and its unit in quotes, "
    'such as "10 min" (d, h, min, s, ms)'
)
TWICE = "put its keys below the first"
OPEN_TEXT = 'a text without its closing quote; end it with "'
MORE = "more after the value; put text in quotes, one key = value a line"

# fmt: off
WRONG = (
    ("an empty file", None, b"", MISSING),
    ("UTF-16", None, PLAIN.encode("utf-16"), "node.toml: UTF-16; save it as UTF-8"),
    ("Latin-1", None, PLAIN.replace("garden", "g\xe4rten").encode("latin-1"),
     "node.toml, line 6: not UTF-8; save it as UTF-8"),
    ("a picture", None, b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
     "node.toml, line 1: not UTF-8; save it as UTF-8"),
    ("line ends of an old Mac", None, PLAIN.replace("\n", "\r").encode(),
     "node.toml, line 1: line ends of an old Mac; save it with Unix or Windows line ends"),
    ("JSON", None, b'{"node": {"name": "greenhouse"}}',
     "node.toml, line 1: JSON; write it as TOML: start from examples/desk.toml"),
    ("YAML", None, b"node:\n  name: greenhouse\n",
     "node.toml, line 1: a colon after a key; write = between key and value"),
    ("a shell script", None, b"export NAME=greenhouse\n",
     "node.toml, line 1: no = after a key; write key = value, or [section] in brackets"),
    ("a file far too large", None, b"#" * (1 << 20) + b"#",
     "node.toml: 1048577 bytes; give a file of at most 1 MiB"),
    ("lists in lists", None, b"a = " + b"[" * 9000,
     "node.toml: lists in lists without end; start from examples/desk.toml"),
    ("a number of 5000 digits", None, b"a = " + b"9" * 5000,
     "node.toml: a number far too long; put text in quotes"),
    ("typographic quotes", NAME, "\u201cgreenhouse\u201d",
     'node.toml, line 2: a typographic quote; write straight quotes, "'),
    ("no quotes", NAME, "greenhouse",
     'node.toml, line 2: a value without quotes; put text in quotes, such as "garden"'),
    ("no last quote", NAME, '"greenhouse', "node.toml, line 2: " + OPEN_TEXT),
    ("three quotes never closed", NAME, '"""greenhouse', "node.toml, line 2: " + OPEN_TEXT),
    ("a control character", NAME, '"green\0house"',
     "node.toml, line 2: a control character; remove it"),
    ("a Windows path", '"roots.pem"', '"C:\\Users\\roots.pem"',
     "node.toml, line 13: a \\ in a text; write / or \\\\ instead"),
    ("a colon for =", "name =", "name:",
     "node.toml, line 2: a colon after a key; write = between key and value"),
    ("nothing for =", "name =", "name",
     "node.toml, line 2: no = after a key; write key = value, or [section] in brackets"),
    ("no value", NAME, "",
     "node.toml, line 2: no value after =; give one, or leave the whole line out"),
    ("None", NAME, "None", "node.toml, line 2: no value; leave the whole line out"),
    ("True", END, END + "x = True\n",
     "node.toml, line 17: a capital letter; write true or false"),
    ("a comma at the end", NAME, NAME + ",", "node.toml, line 2: " + MORE),
    ("a leading zero", "123", "0123", "node.toml, line 11: " + MORE),
    ("a key without name", "name =", "= 1",
     "node.toml, line 2: no key; begin a line with key =, [section] or #"),
    ("a key twice", NAME, NAME + '\nname = "other"',
     "node.toml, line 3: a repeated key; keep one of the two"),
    ("[node] twice", END, END + '[node]\nstamps = "s"\n',
     "node.toml, line 17: a repeated section; " + TWICE),
    ("[sensor] and [[sensor]]", "[[sensor]]", '[sensor]\ndriver = "battery"\n[[sensor]]',
     "node.toml, line 17: single and double brackets mixed; write [[...]] each time"),
    ("a bracket open", "[node]", "[node",
     "node.toml, line 1: a section's bracket is not closed; write [node] or [[wifi]]"),
    ("one bracket for two", "[[wifi]]", "[[wifi]",
     "node.toml, line 5: a section's bracket is not closed; write [node] or [[wifi]]"),
    ("a list open", END, END + '[time]\nsntp = ["a.example"\n',
     "node.toml, line 18: a list that is not closed; close it with ]"),
    ("a table open", END, END + 'names = { temperature = "a"\n',
     "node.toml, line 17: a table that is not closed; close it with } on the same line"),
    ("a table over lines", END, END + 'names = { temperature = "a",\n humidity = "b" }\n',
     "node.toml, line 17: a table over several lines; write { ... } on one line"),
    ("a key twice in a table", END, END + 'names = { humidity = "a", humidity = "b" }\n',
     "node.toml, line 17: a repeated key; keep one of the two"),
    ("a day that is none", NAME, "2026-02-30",
     "node.toml, line 2: a date that does not exist; put text in quotes"),
    ("a date for a text", NAME, "2026-01-01",
     "node.toml, line 2: [node]: name: 2026-01-01; " + TEXT),
    ("a time of day for a time", '"10 min"', "00:10:00",
     "node.toml, line 3: [node]: sample_every: 00:10:00; " + DURATION),
    ("infinity", NAME, "inf", "node.toml, line 2: [node]: name: inf; " + TEXT),
    ("[wifi] once", "[[wifi]]", "[wifi]",
     "node.toml, line 5: [[wifi]]: a single table; write [[wifi]] in double brackets"),
    ("[[node]]", "[node]", "[[node]]",
     "node.toml, line 1: [node]: a list; write [node] once, in single brackets"),
    ("a section inside another", "[[wifi]]", "[node.wifi]",
     "node.toml, line 5: [node]: wifi: unknown key; known here: board, durability, name, "
     "queue_coding, queue_size_max, report_every, sample_every, send_every, stage_age_max, "
     "stamps\n"
     "node.toml: [[wifi]]: missing; add at least one [[wifi]]"),
    ("a misspelt section", END, END + "[pwoer]\n",
     'node.toml, line 17: [pwoer]: unknown section; did you mean "power"?'),
    ("a section that nobody knows", END, END + "[zzzzzzzzz]\n",
     "node.toml, line 17: [zzzzzzzzz]: unknown section; known here: " + LIST_OF_ALL),
    ("capitals in a section", "[[wifi]]", "[[WiFi]]",
     'node.toml, line 5: [WiFi]: unknown section; did you mean "wifi"?\n'
     "node.toml: [[wifi]]: missing; add at least one [[wifi]]"),
    ("a key above all sections", "[node]", 'api_key = "hush-hush"\n[node]',
     "node.toml, line 1: api_key: a key outside of any section; move it below [[uplink]]"),
    ("a value for a section", "[node]", 'power = "battery"\n[node]',
     "node.toml, line 1: [power]: a plain value; write [power] once, in single brackets"),
    ("a bus of another board", END, END + 'bus = "i2c9"\n',
     'node.toml, line 17: [[sensor]] 1: bus: "i2c9"; give a bus of esp32_generic: i2c0'),
    ("a clock chip on a bus of another board", END, END + '[time]\nds3231 = "i2c9"\n',
     'node.toml, line 18: [time]: ds3231: "i2c9"; give a bus of esp32_generic: i2c0'),
    ("a clock chip without power", END, END + '[[sensor]]\ndriver = "ds3231"\npower_pin = 4\n'
     'prefix = "c_"\n'
     '[time]\nds3231 = "i2c0"\n',
     'node.toml, line 22: [time]: ds3231: "i2c0"; remove power_pin of [[sensor]] 2: the chip must '
     "answer at all times"),
    ("another chip at the clock's address", END, END + '[[sensor]]\ndriver = "dht:DHT22"\n'
     'source = "frozen"\nbus = "i2c0"\naddress = 0x68\nchannels = {a = "x()"}\n'
     '[time]\nds3231 = "i2c0"\n',
     "node.toml, line 21: [[sensor]] 2: address: 0x68 on i2c0, as ds3231 in [time]; give each "
     "chip its own address or bus"),
    ("a pin for a bus", END, END + "bus = 22\n",
     'node.toml, line 17: [[sensor]] 1: bus: 22; give the name of a bus, such as "i2c0"'),
    ("pins in a sensor", END, END + "scl = 22\n",
     "node.toml, line 17: [[sensor]] 1: scl: unknown key; move it below [buses] of "
     "a board's file"),
    ("the same sensor twice", END, END + "[[sensor]]\n" + END + 'prefix = "b_"\n',
     "node.toml, line 17: [[sensor]] 2: address: 0x76 on i2c0, as [[sensor]] 1; give each chip "
     "its own address or bus"),
    ("33 sensors", END, END + ("[[sensor]]\n" + END) * 32,
     "node.toml, line 15: [[sensor]]: 33 sections; keep at most 32"),
    ("roots that are not there", '"roots.pem"', '"none.pem"',
     'node.toml, line 13: [[uplink]] 1: ca: "none.pem"; give a file of certificates (none.pem: '
     "No such file or directory)"),
    ("a folder for roots", '"roots.pem"', '"."',
     'node.toml, line 13: [[uplink]] 1: ca: "."; give a file of certificates (.: Is a directory)'),
    ("no certificate", '"roots.pem"', '"node.toml"',
     'node.toml, line 13: [[uplink]] 1: ca: "node.toml"; give a PEM or DER file of X.509 '
     "certificates; this one holds none that can be read"),
    ("a private key", '"roots.pem"', '"key.pem"',
     'node.toml, line 13: [[uplink]] 1: ca: "key.pem"; give the certificate: a private key stays '
     "with its server"),
)
# fmt: on

EIGHT = """\
hostname = "x"
[[sensor]]
driver = "bme208"
[[sensor]]
driver = "bme280"
bus = "i2c7"
[[uplink]]
kind = "harbor"
harbor_id = "YOUR_HARBOR_ID"
api_key = "hush hush"
ca = "none.pem"
[node]
sample_every = 60
nam = "x"
[[wifi]]
password = "hush-hush"
"""
EIGHT_LINES = f"""\
node.toml, line 1: hostname: a key outside of any section; known here: {LIST_OF_ALL}
node.toml, line 3: [[sensor]] 1: driver: unknown driver "bme208"; did you mean "bme280"?
node.toml, line 6: [[sensor]] 2: bus: "i2c7"; give a bus of esp32_generic: i2c0
node.toml, line 9: [[uplink]] 1: harbor_id: "YOUR_HARBOR_ID"; replace this placeholder \
with your own value
node.toml, line 10: [[uplink]] 1: api_key: a text of 9 characters; give the key as its dashboard \
shows it: a text without spaces
node.toml, line 11: [[uplink]] 1: ca: "none.pem"; give a file of certificates (none.pem: No such \
file or directory)
node.toml, line 13: [node]: sample_every: 60; {DURATION}
node.toml, line 14: [node]: nam: unknown key; did you mean "name"?
node.toml, line 15: [[wifi]] 1: ssid: missing; give the network's name in quotes, 1 to 32 bytes
"""
