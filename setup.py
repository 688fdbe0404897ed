"""The packages, found by their folders: a new driver, dialect or room is in a wheel by itself."""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages("lib"),
        *find_packages("tools"),
        "wherry_host.boards",
        "wherry_host.firmware",
    ]
)
