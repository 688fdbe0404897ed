"""`wherry check` on wrong files: the exact output."""

import pytest
import trustme
from support.config.wrong_files import EIGHT, EIGHT_LINES, PLAIN, WRONG
from typer.testing import CliRunner
from wherry_host.cli.commands import app

SECRET = "hush-hush"
MISSPELT = """\
uart = 2
[[wifi]]
sid = "garden"
[[uplink]]
kind = "harbour"
apikey = "hush-hush"
[[uplink]]
kind = "mqtt"
[[sensor]]
drivr = "bme280"
"""
MISSPELT_LINES = """\
node.toml, line 1: uart: a key outside of any section; move it below [[sensor]]
node.toml, line 3: [[wifi]] 1: sid: unknown key; did you mean "ssid"?
node.toml, line 5: [[uplink]] 1: kind: unknown uplink "harbour"; did you mean "harbor"?
node.toml, line 6: [[uplink]] 1: apikey: unknown key; did you mean "api_key"?
node.toml, line 8: [[uplink]] 2: kind: unknown uplink "mqtt"; known here: harbor, here, sensocan
node.toml, line 10: [[sensor]] 1: drivr: unknown key; did you mean "driver"?
"""
# Files that look odd and are valid.
RIGHT = (
    ("a byte order mark", b"\xef\xbb\xbf" + PLAIN.encode()),
    ("Windows line ends", PLAIN.replace("\n", "\r\n").encode()),
    ("tabs", PLAIN.replace("name", "\tname\t").encode()),
    ("sections as one list", PLAIN.replace("[[wifi]]\n", "[[ wifi ]] # ours\n").encode()),
    ("a plant as a name", PLAIN.replace("greenhouse", "\U0001f331").encode()),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with roots and a private key."""
    monkeypatch.chdir(tmp_path)
    authority = trustme.CA()
    authority.cert_pem.write_to_path("roots.pem")
    authority.private_key_pem.write_to_path("key.pem")
    return tmp_path


def checked(*options):
    """Run `wherry check` on node.toml; return its exit code and output."""
    result = CliRunner().invoke(app, ["check", "--config", "node.toml", *options])
    assert result.stdout == "" or result.exit_code == 0
    return result.exit_code, result.output


@pytest.mark.parametrize(("what", "data"), RIGHT)
def test_valid_files(folder, what, data):
    (folder / "node.toml").write_bytes(data)
    code, reported = checked()
    start = "node.toml is right for esp32_generic (assumed; name yours with --board): a slot"
    assert code == 0 and reported.startswith(start), (what, reported)


def test_a_cell_whose_voltage_is_too_low_for_the_board_causes_a_warning(folder):
    power = '[power]\nsource = "battery"\n'
    for more, board, is_low in (
        ("", "esp32_generic", True), ('chemistry = "3xAA"\n', "esp32_generic", False),
        ("empty_mv = 0\n", "esp32_generic", False), ("", "firebeetle_esp32", False),
    ):  # fmt: skip
        (folder / "node.toml").write_text(PLAIN + power + more)
        code, reported = checked("--board", board)
        seen = "esp32_generic stops below 4400 mV, and a full li-ion cell gives 4180 mV"
        assert code == 0 and (seen in reported) == is_low, (more, board, reported)


def test_a_node_on_battery_reads_when_its_battery_is_empty(folder):
    battery, watched = '[power]\nsource = "battery"\n', '[[sensor]]\ndriver = "battery"\n'
    plain, own = PLAIN + battery, PLAIN + battery + "empty_mv = 3300\n"
    empty, unwatched = "The battery is empty at %d mV without load", "voltage is not watched"
    for text, board, line in (
        (plain + watched, "firebeetle_esp32", empty % 3410),
        (plain, "firebeetle_esp32", unwatched), (plain + watched, "tinypico", unwatched),
        (own, "tinypico", empty % 3300),
    ):  # fmt: skip
        (folder / "node.toml").write_text(text)
        code, reported = checked("--board", board)
        assert code == 0 and line in reported, reported
    (folder / "node.toml").write_text(own)
    code, reported = checked("--board", "m5stack_atom")
    place = f"node.toml, line {len(own.splitlines())}: [power]: empty_mv: 3300; "
    assert (code, reported) == (
        1,
        place + "m5stack_atom has no battery divider: remove this key\n",
    )


def test_each_wrong_file_gives_its_lines(folder):
    assert len({entry[0] for entry in WRONG}) == len(WRONG) >= 50
    for what, piece, other, lines in WRONG:
        assert piece is None or piece in PLAIN, what
        data = other if piece is None else PLAIN.replace(piece, other).encode()
        (folder / "node.toml").write_bytes(data)
        assert checked() == (1, lines + "\n"), what
        assert SECRET not in lines, what


def test_all_errors_are_listed_in_the_order_of_the_file(folder):
    (folder / "node.toml").write_text(EIGHT)
    code, reported = checked()
    assert code == 1 and reported == EIGHT_LINES, reported


# (text of secrets.toml, the error after its name)
SECRETS = (
    ('[[wifi]]\npassword = "hush-hush', "line 2: a text without its closing quote; "),
    ("\x00", "line 1: "),
    ('[wifi]\npassword = "hush-hush"', "line 1: wifi: not in the brackets that the "
     "configuration has; write [[wifi]]"),
    ('[[node]]\nname = "x"', "line 1: node: not in the brackets that the configuration "
     "has; write [node]"),
    ('[[uplink]]\napi_key = "two words"', "line 2: [[uplink]] 1: api_key: a text of 9 "),
    ('[[uplink]]\n[[uplink]]\napi_key = "hush-hush"', "line 2: [[uplink]] 2: kind: missing; "),
    ('[[wifi]]\nkey = "hush-hush"', "line 2: [[wifi]] 1: key: unknown key; known here: "
     "dns, gateway, hidden, ip, lease_max, password, ssid"),
    ('wifi = "hush-hush"', "line 1: wifi: not in the brackets that the configuration has"),
)  # fmt: skip


def test_secrets_that_do_not_fit(folder):
    (folder / "node.toml").write_text(PLAIN)
    for text, line in SECRETS:
        (folder / "secrets.toml").write_text(text)
        code, reported = checked()
        assert code == 1 and reported.startswith("secrets.toml, " + line), (reported, line)
        assert SECRET not in reported and "two words" not in reported


def test_misspelt_kinds_and_keys_get_a_suggestion(folder):
    (folder / "node.toml").write_text(MISSPELT)
    assert checked() == (1, MISSPELT_LINES)


def test_a_number_for_a_uart_is_an_error_besides_other_errors(folder):
    for driver, error in (("gps", ""), ("gsp", "driver: unknown driver"), (None, "drivr: ")):
        line = f'driver = "{driver}"' if driver else 'drivr = "gps"'
        text = PLAIN.replace('driver = "bme280"', f"{line}\nuart = 2")
        (folder / "node.toml").write_text(text)
        code, reported = checked()
        seen = 'node.toml, line 17: [[sensor]] 1: uart: 2; give the name of a bus, such as "gps"\n'
        assert code == 1 and reported.endswith(seen) and error in reported, reported
        assert reported.count("\n") == 1 + bool(error), reported
