"""Faults of the sensors, of the supply and of the RTC clock, and deploys."""

from wherry_host.year import changes
from wherry_host.year.faults import layers
from wherry_host.year.faults.strength import scaled

_DAY_S = 86_400
# The RC oscillator that counts in deep sleep: its largest error at 20 °C, its change per kelvin.
_DRIFT_PPM, _DRIFT_PPM_PER_K, _NOISE_PPM = 3_000, 20, 10
_HOUR_US = 3_600_000_000


def break_sensor(kind):
    """Return a kind's function that breaks a sensor; the last of its faults is the one it has."""

    def begin(life, fault):
        names = life.site.breakable
        if not names:
            return None
        name = names[fault.at_s % len(names)]
        kinds = life.site.broken.setdefault(name, [])

        def show():
            life.bus.set_fault(name, kinds[-1] if kinds else None)
            life.site.witness.set_broken(name, bool(kinds), life.clock.us)

        return layers.add(kinds, kind, show)

    return begin


def cut(life, fault):
    """The power fails now."""
    life.power.fail(_off_us(fault))


def brown_out(life, fault):
    """The power fails in one of the next flash operations, and returns soon."""
    life.power.fail_in_flash(fault.strength, 1_000_000)


def press_button(life, fault):
    """The reset button is pressed up to 5 s after the next start of the radio."""
    life.power.fail_after_radio(fault.strength * 50_000)


def deploy(life, fault):
    """Another configuration is deployed: now, or while a chip that sleeps is next awake.

    A sleeping chip is woken with the reset button for every second strength after the changes.
    """
    number, has_button = fault.strength % changes.COUNT, fault.strength // changes.COUNT % 2
    node = life.site.nodes[0].changed(number)
    life.deploys.ask(node, fault.strength * 10_000, bool(has_button))


def _off_us(fault):
    return round(scaled((1, _DAY_S), fault.strength) * 1_000_000)


def drift(life, fault):
    """From now on the RTC clock drifts, by up to 0.3 % and with the temperature."""
    is_first = life.drift_ppm is None
    life.drift_ppm = _DRIFT_PPM * (fault.strength - 50) / 50
    if is_first:
        _drift_on(life)


def _drift_on(life):
    celsius = life.site.witness.quantity("temperature", life.clock.us)
    noise_ppm = life.site.chance.uniform(-_NOISE_PPM, _NOISE_PPM)
    ppm = life.drift_ppm + _DRIFT_PPM_PER_K * (celsius - 20) + noise_ppm
    life.port.set_drift(round(1000 * ppm))
    life.clock.after(_HOUR_US, _drift_on, life)
