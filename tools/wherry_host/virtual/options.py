"""The options of a virtual board, which its supervisor reads first, as JSON."""

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
    """The defaults are a plain board's; the names of durations and sizes end with their unit."""

    seed: int = 0
    #: ticks_ms() at power-on: 2**30 - 5000 wraps after five seconds.
    ticks_start_ms: int = 0
    #: The size of the MicroPython heap in bytes; None means the desktop build's default of 2 MB.
    heap_size: int | None = None
    #: False: the watchdog does not reset the board.
    wdt: bool = True
    #: True: Mbed TLS sees the board's clock instead of this computer's.
    faketime: bool = False
    #: {port that the firmware names: port on loopback}.
    ports: dict[int, int] = field(default_factory=dict)
    #: The true time from the reset to the program's start.
    boot_ms: int = 300
    #: The RTC's error while awake and in deep sleep.
    drift_ppm: float = 0.0
    drift_asleep_ppm: float = 0.0
    #: True ends each deep sleep immediately: the board advances the clock, which no other board
    #: may share, to the sleep's end. A sleep until a pin changes is not shortened.
    skips_sleep: bool = False
    #: The size of a new image's filesystem: 2 MiB as on the ESP32; 512 KiB is faster to create.
    flash_size: int = 2 << 20
    #: The size of the ring for readings; with a ring, the image is the whole flash with its table.
    wlog_size: int = 0
    #: True: the flash is as slow as a chip's: 75 us for a read and 0.1 us for each byte of it,
    #: 45 ms for an erase.
    slow_flash: bool = False
    #: True limits the serial port, in each direction, to 115,200 baud.
    paced_serial: bool = False
    #: True prints a line with the flash operations at the end of each wake.
    flash_meter: bool = False
    #: True logs the programs' flash operations: see flash_log.py.
    flash_log: bool = False
    #: True emits events "step": see shim/_steps.py.
    flash_steps: bool = False
    #: True emits events "heap": see shim/_heap_steps.py.
    heap_steps: bool = False
    #: The number of recorded seconds of the BME280's weather that pass in one true second.
    weather_speed: float = 1.0
    #: The Bluetooth beacons, see beacons.py; None: no Bluetooth, and its shim takes no heap.
    beacons: list[dict] | None = None
    access_points: list[dict] = field(default_factory=lambda: [dict(ACCESS_POINT)])
    #: The device models: the kind and the other arguments of the constructor.
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
