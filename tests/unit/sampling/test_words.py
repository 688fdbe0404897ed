"""Words with a CRC: the datasheets' examples, and the limits of their values."""

from wherry.sampling.words import crc8, humidity, temperature, word


def test_the_examples_of_the_datasheets():
    # The examples are from SHT3x-DIS, table 20, and HTU21D(F), "CRC checksum".
    assert crc8(b"\xbe\xef", 0xFF) == 0x92
    for data, crc in ((b"\xdc", 0x79), (b"\x68\x3a", 0x7C), (b"\x4e\x85", 0x6B)):
        assert crc8(data, 0) == crc


def test_a_word_with_a_wrong_crc_is_refused():
    data = b"\x00\xbe\xef\x92"
    assert word(data, 1, 0xFF) == 0xBEEF and word(data, 0, 0xFF) is None
    for place in range(1, 4):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            assert word(flipped, 1, 0xFF) is None, (place, bit)


def test_all_zeros_and_all_ones_are_not_words_of_an_sht():
    assert word(bytes(3), 0, 0xFF) is None and word(b"\xff" * 3, 0, 0xFF) is None


def test_values_are_rounded_as_with_exact_fractions():
    for factor, divisor, offset in ((3500, 13107, -4500), (4393, 16384, -4685)):
        for number in range(3000, 60000, 7):
            exact = number * factor + offset * divisor
            value = temperature(number, factor, divisor, offset)
            assert abs(value * divisor - exact) * 2 <= divisor, number


def test_values_outside_the_range_are_withheld():
    # These are the words for -40 and 125 degrees, and the next words outside the range.
    assert temperature(1872, 3500, 13107, -4500) == -4000
    assert temperature(1870, 3500, 13107, -4500) == "temperature: out of range"
    assert temperature(63663, 3500, 13107, -4500) == 12500
    assert temperature(63665, 3500, 13107, -4500) == "temperature: out of range"
    assert humidity(0, 2500, 13107, -600) == 0 and humidity(65535, 2500, 13107, -600) == 10000
    assert temperature(None, 1, 1, 0) == "temperature: wrong CRC"
    assert humidity(None, 1, 1, 0) == "humidity: wrong CRC"
