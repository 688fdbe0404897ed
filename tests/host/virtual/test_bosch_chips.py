"""Special cases of a BMP280 read by the BME280 driver, of a BME680 and of a BME688."""

import pytest
from support.sensors.sensor_wires import SensorWires
from wherry.sampling import bme68x_values
from wherry_host.virtual.chips import bme680_formulas as formulas

NOT_VALID = [3, "gas_resistance: not valid"]


@pytest.fixture
def bmp280(tmp_path):
    return SensorWires(tmp_path, "bmp280", driver="bme280")


@pytest.fixture
def bme680(tmp_path):
    return SensorWires(tmp_path, "bme680")


def newest(wires):
    """Return {channel: value} of the newest measurement of a model."""
    return {each["channel"]: each["value"] for each in wires.log("truth")}


def test_a_bmp280_has_temperature_and_pressure(bmp280):
    for hour in range(24):
        bmp280.now += hour * 3_600_000_000
        (first, celsius), (third, hectopascal) = bmp280.measured(hour % 6 == 0)
        truth = newest(bmp280)
        assert (first, third) == (0, 2) and truth.keys() == {"temperature", "pressure"}
        assert celsius / 100 == pytest.approx(truth["temperature"], abs=0.006)
        assert hectopascal / 100 == pytest.approx(truth["pressure"], abs=0.006)
        assert bmp280.log("accesses")[-1]["read_us"] == bmp280.log("truth")[-1]["time_us"]
    assert [written for written, *_ in bmp280.transfers] == ["f500", "f425", "f3", "f7"]


def test_another_id_is_reported_with_the_two_known_ones(bmp280):
    bmp280.after = lambda answer: b"\x61"
    assert bmp280.measured(True) == "chip id 0x61 is not 0x60 (BME280) or 0x58 (BMP280)"


def test_a_bmp280_that_was_reset_gives_no_value(bmp280):
    bmp280.measured(True)
    skipped = b"\x80\0\0\x80\0\0"
    bmp280.after = lambda answer: skipped if len(answer) == len(skipped) else answer
    assert bmp280.measured(False) == "nothing was measured"
    bmp280.after = lambda answer: answer if len(answer) != len(skipped) else bytes(6)
    assert bmp280.measured(False) == "no data"


@pytest.mark.parametrize("switching_error, is_688", [(formulas.SWITCHING_ERROR, 0), (None, 1)])
def test_the_gas_resistance_is_right_in_each_range(switching_error, is_688):
    for span in range(16):
        for raw in range(0, 1024, 31):
            gas = bytes((raw >> 2, (raw & 3) << 6 | 0x30 | span))
            found = bme68x_values.gas_resistance(
                bytes(15 if is_688 else 13) + gas, switching_error
            )
            assert abs(found * 10 - formulas.gas_resistance(raw, span, is_688)) <= 5.01, (
                raw,
                span,
            )


def test_a_bme688_has_its_own_gas_registers_and_formula(bme680):
    bme680.model_options["variant"] = 1
    bme680.renew()
    for kilohms in (2, 30, 900):
        bme680.set_quantities([20, 50, 1000, kilohms])
        *_, (index, value) = bme680.measured(True)
        truth = newest(bme680)["gas_resistance"]
        assert index == 3 and abs(value / 100 - truth) < 0.006 and 0.99 < truth / kilohms < 1.01
    assert "7120" in [written for written, *_ in bme680.transfers]


def test_gas_is_withheld_unless_it_is_valid_and_the_heater_stable(bme680):
    for status in (0x00, 0x10, 0x20):
        cleared = 0x30 ^ status

        def after(answer, cleared=cleared):
            is_result = len(answer) == 17
            return (
                answer[:14] + bytes((answer[14] & ~cleared,)) + answer[15:]
                if is_result
                else answer
            )

        bme680.after = after
        found = bme680.measured(True)
        assert [type(value) for _, value in found] == [int, int, int, str] and found[
            3
        ] == NOT_VALID
    bme680.heal()
    assert type(bme680.measured(True)[3][1]) is int


@pytest.mark.parametrize("heater_ms, gas", [(20, [NOT_VALID]), (0, [])])
def test_a_heater_that_is_on_for_too_short_a_time_gives_no_gas(bme680, heater_ms, gas):
    bme680.options["heater_ms"] = heater_ms
    bme680.renew()
    found = bme680.measured(True)
    assert [index for index, _ in found[:3]] == [0, 1, 2] and found[3:] == gas
    assert newest(bme680).keys() == {"temperature", "humidity", "pressure"}


def test_odd_answers_of_a_bme680_have_their_reasons(bme680):
    for size, answer, expected in (
        (1, b"\x60", "chip id 0x60 is not 0x61"),
        (14, bytes(14), "no trimming values"),
        (17, bytes(17), "not ready"),
        (17, b"\x80\0" + b"\x80\0\0\x80\0\0\x80\0" + bytes(7), "nothing was measured"),
    ):
        bme680.after = lambda a, size=size, answer=answer: answer if len(a) == size else a
        assert bme680.measured(True) == expected
    bme680.heal()
    bme680.set_quantities([-60, 50, 1000, 50])
    assert "out of range" in bme680.measured(True)
