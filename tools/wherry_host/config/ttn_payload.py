"""Encode a row as a LoRaWAN payload, and write its decoder for The Things Stack's console.

    0      form, 0x01
    1..4   time in s since 2000-01-01, big-endian; 0: unknown, the network's time counts
    5      LEB128: the mask of the channels that follow, bit 0 the first
    then   LEB128: zigzag value of each channel in the mask, scaled by its decimals

The channels are the configuration's channels, in order; the decoder is generated from them. A
51-byte payload fits every EU868 data rate (LoRaWAN Regional Parameters RP002, DR0).
"""

import json

FORM = 1
SIZE_MAX = 51
CHANNELS_MAX = 30
_EPOCH_S = 946_684_800
VALUE_MAX = (1 << 30) - 1

_DECODER = """\
// Made by `wherry ttn-payload` from a node's configuration; paste it as "Custom JavaScript
// formatter" for uplinks in the console of The Things Stack.
var CHANNELS = {channels};

function decodeUplink(input) {{
  var bytes = input.bytes, at = 5;
  function varint() {{
    var n = 0, factor = 1;
    for (;;) {{
      if (at >= bytes.length || factor > 34359738368) throw "the payload is cut off";
      n += (bytes[at] & 127) * factor;
      factor *= 128;
      if (bytes[at++] < 128) return n;
    }}
  }}
  if (bytes.length < 6 || bytes[0] !== {form}) return {{ errors: ["not a wherry payload"] }};
  try {{
    var data = {{}}, mask = varint();
    for (var i = 0; mask; i++, mask = Math.floor(mask / 2)) {{
      if (!(mask % 2)) continue;
      if (i >= CHANNELS.length) throw "the payload has more channels than this decoder";
      var n = varint();
      data[CHANNELS[i][0]] = (n % 2 ? -(n + 1) / 2 : n / 2) / Math.pow(10, CHANNELS[i][1]);
    }}
    if (at !== bytes.length) throw "bytes follow the last value";
    var s = ((bytes[1] * 256 + bytes[2]) * 256 + bytes[3]) * 256 + bytes[4];
    if (s) data.time = new Date((s + {epoch_s}) * 1000).toISOString();
    return {{ data: data }};
  }} catch (error) {{
    return {{ errors: [String(error)] }};
  }}
}}
"""


def channels_of(settings):
    """Return the (name, unit, decimals) of all sensors of a checked configuration."""
    return [tuple(each) for section in settings["sensor"] for each in section["channels"]]


def decoder(channels):
    """Return the JavaScript of `decodeUplink`; raises ValueError for too many channels."""
    _check_count(channels)
    known = json.dumps([[name, decimals] for name, _, decimals in channels])
    return _DECODER.format(channels=known, form=FORM, epoch_s=_EPOCH_S)


def encode(channels, values, time_s=None):
    """Return the payload of {name: scaled value} at a Unix time in s.

    Raises ValueError for a name that is not a channel, a value that a row cannot hold, a time
    before 2000 or after 2136, and a payload above SIZE_MAX bytes.
    """
    _check_count(channels)
    names = [name for name, _, _ in channels]
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise ValueError(f'no channel "{unknown[0]}"; the channels are: {", ".join(names)}')
    since_s = 0 if time_s is None else time_s - _EPOCH_S
    if not 0 <= since_s < 1 << 32:
        raise ValueError(f"time {time_s}: give one from 2000 to 2136")
    payload = bytearray((FORM,)) + since_s.to_bytes(4, "big")
    payload += _varint(sum(1 << i for i, name in enumerate(names) if name in values))
    for name in names:
        if name in values:
            payload += _varint(_zigzag(name, values[name]))
    if len(payload) > SIZE_MAX:
        raise ValueError(f"{len(payload)} bytes, at most {SIZE_MAX} fit; name fewer channels")
    return bytes(payload)


def _check_count(channels):
    if len(channels) > CHANNELS_MAX:
        raise ValueError(f"{len(channels)} channels, a payload holds {CHANNELS_MAX} at most")


def _zigzag(name, value):
    if not -VALUE_MAX <= value <= VALUE_MAX:
        raise ValueError(f"{name}: {value} is out of range")
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(n):
    octets = bytearray()
    while n > 127:
        octets.append(n & 127 | 128)
        n >>= 7
    octets.append(n)
    return octets
