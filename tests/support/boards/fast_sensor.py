"""An LIS3DH at 10 Hz on a virtual board."""

DEVICES = [
    {"kind": "lis3dh", "rate_ppm": 30_000, "wander_ppm": 2000},
    {"kind": "bme280", "address": 0x76},
]
