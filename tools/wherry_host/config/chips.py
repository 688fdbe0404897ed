"""The abilities of each pin of an ESP32 chip, as Espressif documents them.

The sources, all in ESP-IDF v6 (github.com/espressif/esp-idf): `pins`, `input_only`, `strapping`,
`flash` and `usb` are from the tables and notes of docs/en/api-reference/peripherals/gpio/CHIP.inc;
`adc1` and `adc2` from components/soc/CHIP/include/soc/adc_channel.h; `console` from uart_pins.h
(UART 0) and `wake` from soc_caps.h in the same folder (SOC_GPIO_HP_PERIPH_PD_SLEEP_WAKEABLE_MASK:
the pins of ext0, ext1 or the RTC). Other sources are named where they are used.
docs/en/api-reference/peripherals/adc/adc_oneshot.rst states that Wi-Fi uses ADC2 and that ADC2 of
an ESP32-C3 is unstable.
"""

from typing import NamedTuple

# The last pin of the ESP32-P4.
PIN_MAX = 54
# The uses of a pin; ANY and INPUT need only a free pin.
ANY, INPUT, OUTPUT, ADC, WAKE = "any", "input", "output", "adc", "wake"


class Chip(NamedTuple):
    """Sets of a chip's pins; `flash` includes the pins of PSRAM on the flash's bus."""

    pins: frozenset
    input_only: frozenset
    strapping: frozenset
    flash: frozenset
    usb: frozenset
    console: frozenset
    adc1: frozenset
    adc2: frozenset
    wake: frozenset


def _chip(**ranges):
    """Return a Chip from strings such as "0-5 8"; an omitted set is empty."""
    texts = dict.fromkeys(Chip._fields, "") | ranges
    return Chip(**{name: _pins(text) for name, text in texts.items()})


def _pins(text):
    found = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return frozenset(found)


CHIPS = {
    "esp32": _chip(
        pins="0-19 21-23 25-27 32-39",
        input_only="34-39",
        strapping="0 2 5 12 15",
        # Pins 16 and 17 belong to the memory only in some modules, whose boards list them.
        flash="6-11",
        console="1 3",
        adc1="32-39",
        adc2="0 2 4 12-15 25-27",
        wake="0 2 4 12-15 25-27 32-39",
    ),
    "esp32s2": _chip(
        pins="0-21 26-46",
        input_only="46",
        strapping="0 45 46",
        flash="26-32",
        # components/soc/esp32s2/include/soc/usb_pins.h.
        usb="19 20",
        console="43 44",
        adc1="1-10",
        adc2="11-20",
        wake="0-21",
    ),
    "esp32s3": _chip(
        pins="0-21 26-48",
        strapping="0 3 45 46",
        # Pins 33 to 37 belong to octal memory; boards with such memory list them.
        flash="26-32",
        usb="19 20",
        console="43 44",
        adc1="1-10",
        adc2="11-20",
        wake="0-21",
    ),
    "esp32c2": _chip(
        pins="0-20",
        strapping="8 9",
        flash="11-17",
        console="19 20",
        adc1="0-4",
        wake="0-5",
    ),
    "esp32c3": _chip(
        pins="0-21",
        strapping="2 8 9",
        # Pin 11 is VDD_SPI, which powers the flash: ESP32-C3 Series Datasheet, "Power Supply".
        flash="11-17",
        usb="18 19",
        console="20 21",
        adc1="0-4",
        adc2="5",
        wake="0-5",
    ),
    "esp32c5": _chip(
        pins="0-28",
        strapping="2 7 25 27 28",
        flash="16-22",
        usb="13 14",
        console="11 12",
        adc1="1-6",
        wake="0-6",
    ),
    "esp32c6": _chip(
        pins="0-30",
        strapping="4 5 8 9 15",
        flash="24-30",
        usb="12 13",
        console="16 17",
        adc1="0-6",
        wake="0-7",
    ),
}


def lack(name, pin, use):
    """Return what a pin lacks for a use, as words that follow its number, or None."""
    chip = CHIPS[name]
    reasons = (
        (pin not in chip.pins, f", which {name} does not have"),
        (pin in chip.flash, ", a pin of the flash"),
        (pin in chip.usb, ", a pin of USB"),
        (use == OUTPUT and pin in chip.input_only, ", an input only"),
        (use == ADC and pin in chip.adc2, " on ADC2, which does not work while Wi-Fi is on"),
        (use == ADC and pin not in chip.adc1, ", a pin without an ADC"),
        (use == WAKE and pin not in chip.wake, f", which cannot wake {name}"),
    )
    return next((text for is_so, text in reasons if is_so), None)


def doubt(name, pin):
    """Return (doubt about a pin, remedy), or None."""
    chip = CHIPS[name]
    if pin in chip.strapping:
        remedy = f"see that nothing pulls it while {name} starts, or give another"
        return f", a strapping pin of {name}", remedy
    if pin in chip.console:
        return ", a pin of UART 0", f"{name} prints there when it starts: give another"
    return None


def fitting(name, use, taken=()):
    """Return a chip's sorted pins for a use, without pins with other uses or in `taken`."""
    chip = CHIPS[name]
    free = chip.pins - chip.strapping - chip.console - frozenset(taken)
    return sorted(pin for pin in free if not lack(name, pin, use))


def listed(pins):
    """Return sorted pins as a string, such as "4, 13-15"."""
    runs = []
    for pin in pins:
        if runs and runs[-1][1] == pin - 1:
            runs[-1][1] = pin
        else:
            runs.append([pin, pin])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
