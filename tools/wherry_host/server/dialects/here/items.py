"""The items that HERE Tracking ingests: the values allowed for each member, and the points.

Sources: the vendor's OpenAPI description of `POST /v2/`, 2.1.192, with the wider ranges for radio
values of 2.6.11. Types are strict: a float instead of an integer is invalid. Unknown members are
allowed unless the server is configured to be strict.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator
from pydantic.alias_generators import to_camel

from wherry_host.server.dialect import encode, whole_text
from wherry_host.server.dialects.sensocan.checks import is_number

PAYLOAD_SIZE_MAX = 1000
_MAC = r"^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$"


def _integer(low, high):
    return Annotated[int, Field(ge=low, le=high)]


def _number(low=None, high=None):
    return Annotated[float, Field(ge=low, le=high)]


def _text(low, high, pattern=None):
    return Annotated[str, StringConstraints(min_length=low, max_length=high, pattern=pattern)]


def _up_to(count, member):
    return Annotated[list[member], Field(max_length=count)]


Milliseconds = _integer(2, 4_102_448_400_000)
Mac = Annotated[str, StringConstraints(pattern=_MAC)]


class _Member(BaseModel):
    # In JSON, the names are in camel case.
    model_config = ConfigDict(strict=True, extra="allow", alias_generator=to_camel)


class Floor(_Member):
    """The floor of a building."""

    id: _text(1, 100)
    name: _text(1, 255)
    level: _integer(-999, 999)


class Position(_Member):
    """The device's position, in degrees and metres; heading and speed are given together."""

    lat: _number(-90, 90)
    lng: _number(-180, 180)
    accuracy: _number(0)
    alt: float | None = None
    altaccuracy: _number(0) | None = None
    confidence: _integer(50, 95) = 68
    heading: _integer(0, 359) | None = None
    speed: _integer(0, 1_000_000) | None = None
    satellitecount: _integer(1, 50) | None = None
    wlancount: _integer(1, 254) | None = None
    type: Literal["gnss", "cell", "wlan"] | None = None
    timestamp: Milliseconds | None = None
    floor: Floor | None = None

    @model_validator(mode="after")
    def _check(self):
        if (self.heading is None) != (self.speed is None):
            raise ValueError("heading and speed come together")
        return self


class AccessPoint(_Member):
    """One access point of a scan; the power is in dBm, the band in GHz."""

    mac: Mac
    powrx: _integer(-128, 0) | None = None
    band: Literal[2.4, 3.65, 5] | None = None
    timestamp: str | None = None


class Beacon(_Member):
    """One Bluetooth beacon of a scan, by its address or its id."""

    rss: _integer(-128, 0)
    mac: Mac | None = None
    eddystone_id: _text(24, 24) | None = None
    i_beacon_id: _text(28, 28) | None = None

    @model_validator(mode="after")
    def _check(self):
        if self.mac is None and self.eddystone_id is None and self.i_beacon_id is None:
            raise ValueError("a beacon needs mac, eddystoneId or iBeaconId")
        return self


class GsmNeighbour(_Member):
    """A neighbouring cell in a network measurement report."""

    bsic: _integer(0, 63)
    bcch: _integer(0, 1023)
    rxlevel: _integer(-110, -25) | None = None
    lac: _integer(1, 65535) | None = None
    cid: _integer(0, 65535) | None = None


class GsmCell(_Member):
    """One GSM cell."""

    mcc: _integer(200, 999)
    mnc: _integer(0, 999)
    lac: _integer(1, 65535)
    cid: _integer(0, 65535)
    rxlevel: _integer(-110, -25) | None = None
    ta: _integer(0, 63) | None = None
    bsic: _integer(0, 63) | None = None
    bcch: _integer(0, 1023) | None = None
    nmr: _up_to(16, GsmNeighbour) = []


class LteNeighbour(_Member):
    """A neighbouring LTE cell."""

    pci: _integer(0, 503)
    earfcn: _integer(0, 262_143)


class LteCell(_Member):
    """One LTE cell; its levels are in dBm and dB."""

    mcc: _integer(200, 999)
    mnc: _integer(0, 999)
    cid: _integer(0, 268_435_455)
    tac: _integer(0, 65535) | None = None
    pci: _integer(0, 503) | None = None
    earfcn: _integer(0, 262_143) | None = None
    rsrp: _number(-156, -44) | None = None
    rsrq: _number(-34, 3) | None = None
    ta: _integer(0, 1282) | None = None
    nmr: _up_to(16, LteNeighbour) = []

    @model_validator(mode="after")
    def _check(self):
        if self.rsrq is not None and self.rsrp is None:
            raise ValueError("rsrq needs rsrp")
        return self


class Scan(_Member):
    """The scan results of the device's radios."""

    wlan: _up_to(128, AccessPoint) = []
    bt: _up_to(128, Beacon) = []
    gsm: _up_to(16, GsmCell) = []
    lte: _up_to(16, LteCell) = []
    wcdma: _up_to(16, dict) = []
    tdscdma: _up_to(16, dict) = []
    cdma: _up_to(16, dict) = []


class Client(_Member):
    """The device's maker and model; the version has the form X.Y.Z."""

    manufacturer: _text(2, 50) | None = None
    model: _text(1, 50) | None = None
    firmware: _text(1, 150) | None = None
    name: _text(3, 50) | None = None
    platform: _text(3, 50) | None = None
    version: _text(3, 60, r"^\d+\.\d+\.\d+") | None = None
    modules: _up_to(10, Any) = []


class ReportedSensors(_Member):
    """The readings for which HERE has names."""

    temperature_c: _number(-70, 100) | None = None
    relative_humidity: _number(0, 100) | None = None
    pressure_hpa: _number(300, 1500) | None = None
    battery_level: _integer(0, 100) | None = None
    battery_is_charging: bool | None = None
    acceleration_g: _number(-100, 100) | None = None
    tilt_degree: float | None = None
    device_is_attached: bool | None = None
    device_is_stationary: bool | None = None
    device_is_tampered: bool | None = None


class System(_Member):
    """The device itself; `stateVersion` is the version of the last desired state it has seen."""

    state_version: _integer(0, 2**53) | None = None
    mode: Literal["unknown", "normal", "flight", "transport", "sleep", "powerSave"] | None = None
    iccid: _text(18, 22) | None = None
    imsi: _text(1, 15, r"^\d+$") | None = None
    phone_number: _text(2, 20, r"^\+\d+$") | None = None
    client: Client | None = None
    reported_sensor_data: ReportedSensors | None = None


class Item(_Member):
    """One item of the body's array."""

    timestamp: Milliseconds
    payload: dict | None = None
    position: Position | None = None
    scan: Scan | None = None
    system: System | None = None

    @model_validator(mode="after")
    def _check(self):
        if self.payload is not None and len(encode(self.payload)) > PAYLOAD_SIZE_MAX:
            raise ValueError(f"payload is larger than {PAYLOAD_SIZE_MAX} bytes")
        return self


_ITEMS = TypeAdapter(list[Item])


def checked(content, strict=False):
    """Return the `Item`s of a body's JSON content.

    Raises ValueError, such as pydantic's ValidationError, with the reason. With `strict`, unknown
    members are invalid.
    """
    items = _ITEMS.validate_python(content)
    if strict:
        for index, item in enumerate(items):
            _refuse_unknown(item, str(index))
    return items


def _refuse_unknown(member, place):
    if isinstance(member, _Member):
        if member.model_extra:
            raise ValueError(f"{place}: unknown members {', '.join(sorted(member.model_extra))}")
        for name in type(member).model_fields:
            _refuse_unknown(getattr(member, name), f"{place}.{name}")
    elif isinstance(member, list):
        for index, each in enumerate(member):
            _refuse_unknown(each, f"{place}.{index}")


def points(device, item):
    """Return the points (device, channel, time_us, value) within an item's payload.

    The numbers in the payload have the item's time; its `log` is [[ms, channel, value], ...].
    """
    payload = item.payload or {}
    numbers = [(item.timestamp, name, value) for name, value in payload.items() if name != "log"]
    log = payload.get("log")
    for entry in log if isinstance(log, list) else ():
        if isinstance(entry, list) and len(entry) == 3:
            numbers.append(tuple(entry))
    return [
        (device, whole_text(name), ms * 1000, float(value))
        for ms, name, value in numbers
        if type(ms) is int and abs(ms) < 2**53 and isinstance(name, str) and is_number(value)
    ]
