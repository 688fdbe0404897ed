"""The compact payload of a row: its bytes, its size, and the refusals."""

import pytest
from support.places import EXAMPLE
from typer.testing import CliRunner
from wherry_host.cli.commands import app
from wherry_host.config.ttn_payload import CHANNELS_MAX, SIZE_MAX, decoder, encode

CHANNELS = [("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2)]
LARGEST = (1 << 30) - 1


def test_bytes_of_a_row_and_of_the_largest_one():
    payload = encode(
        CHANNELS, {"temperature": -150, "pressure": 101_325}, 946_684_800 + 0x01020304
    )
    assert payload.hex() == "010102030405ab029aaf0c"
    assert encode(CHANNELS, {}).hex() == "010000000000"
    channels = [(f"channel_{n}", "", 0) for n in range(6)]
    for value in (LARGEST, -LARGEST):
        payload = encode(channels, {name: value for name, _, _ in channels}, 5_000_000_000)
        assert len(payload) == 36 <= SIZE_MAX


def test_channels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="31 channels"):
        decoder([("c", "", 0)] * (CHANNELS_MAX + 1))
    channels = [(f"c{n}", "", 0) for n in range(12)]
    with pytest.raises(ValueError, match="fit"):
        encode(channels, {name: LARGEST for name, _, _ in channels})


@pytest.mark.parametrize(
    ("arguments", "code", "reported"),
    [
        ([], 0, "function decodeUplink(input)"),
        (["humidity=21.5", "--time", "2026-05-01T10:20:30Z"], 0, "0131873aee02cc21"),
        (["humidity"], 1, "write it as name=value"),
        (["humidity=hot"], 1, "'hot' is not a number"),
        (["humidity=1e999999"], 1, "is not a number"),
        (["wind=3"], 1, 'no channel "wind"'),
        (["humidity=10737418.24"], 1, "the value is out of range"),
        (["humidity=1", "--time", "1999-12-31T23:59:59Z"], 1, "give one from 2000 to 2136"),
        (["humidity=1", "--time", "noon"], 1, "write it as 2026-05-01T10:20:30Z"),
    ],
)
def test_the_command(arguments, code, reported):
    done = CliRunner().invoke(app, ["ttn-payload", "--config", str(EXAMPLE), *arguments])
    assert (done.exit_code, done.exception is None or code > 0) == (code, True)
    assert reported in done.output
