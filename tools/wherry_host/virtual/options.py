"""What a virtual board is made of: the options that its supervisor reads first, as JSON."""

import json
from dataclasses import asdict, dataclass, field

ACCESS_POINT = {
    "ssid": "harbor-wifi",
    "password": "correct horse",
    "bssid": "02:00:00:00:00:01",
    "channel": 6,
    "rssi": -61,
}


@dataclass
class Options:
    """Every option has the value of a plain board; durations and sizes carry their unit."""

    seed: int = 0
    #: Where ticks_ms() starts at power-on: 2**30 - 5000 wraps after five seconds.
    ticks_start_ms: int = 0
    #: Bytes of the MicroPython heap; None is the desktop build's own 2 MB.
    heap_size: int | None = None
    #: False lets a watchdog run out without a reset.
    wdt: bool = True
    #: True lets Mbed TLS see the board's clock instead of this computer's.
    faketime: bool = False
    #: Port the firmware names -> port on loopback.
    ports: dict[int, int] = field(default_factory=dict)
    #: From the reset until the program runs, in true time.
    boot_ms: int = 300
    #: The RTC clock's error awake and in deep sleep.
    drift_ppm: float = 0.0
    drift_asleep_ppm: float = 0.0
    #: True ends each deep sleep at once: the board sets the clock, which must be its own, to the
    #: sleep's end. A sleep until a pin changes is not shortened.
    skips_sleep: bool = False
    #: Size of a new image's filesystem; 2 MiB is the ESP32's, 512 KiB is quicker to make.
    flash_size: int = 2 << 20
    #: Size of its ring for readings; with one the image is all of a flash, with its table.
    wlog_size: int = 0
    #: True lets the flash take the time that a chip's does: 75 us a read and 0.1 us a byte of
    #: it, 45 ms an erase.
    slow_flash: bool = False
    #: True lets no more bytes pass the serial port, each way, than 115,200 baud do.
    paced_serial: bool = False
    #: True prints a line at the end of each wake: what it did to the flash.
    flash_meter: bool = False
    #: True logs what programs do to the flash: see flash_log.py.
    flash_log: bool = False
    #: True tells events "step": see shim/_steps.py.
    flash_steps: bool = False
    #: True tells events "heap": see shim/_heap_steps.py.
    heap_steps: bool = False
    #: Recorded seconds that pass in one true second, for the BME280's weather.
    weather_speed: float = 1.0
    #: What Bluetooth hears, see beacons.py; None: no Bluetooth, nor the heap of its shim.
    beacons: list[dict] | None = None
    access_points: list[dict] = field(default_factory=lambda: [dict(ACCESS_POINT)])
    #: The device models: kind and what its constructor takes besides.
    devices: list[dict] = field(
        default_factory=lambda: [
            {"kind": "bme280", "address": 0x76},
            {"kind": "host", "address": 0x48},
            {"kind": "battery", "pin": 34},
        ]
    )

    @property
    def mac(self):
        """The six bytes of the board's MAC address."""
        return bytes((0x24, 0x6F, 0x28)) + (self.seed & 0xFFFFFF).to_bytes(3, "big")

    def dump(self):
        """Return the options as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text):
        """Read the options from JSON text, whose object keys are strings."""
        options = cls(**json.loads(text))
        options.ports = {int(named): port for named, port in options.ports.items()}
        return options
