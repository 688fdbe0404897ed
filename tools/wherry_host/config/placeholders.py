"""Examples for the values that a configuration's owner has not filled in yet.

A forecast needs no network and no key, so it accepts the placeholders of the files in examples/.
"""

_MARK = "YOUR_"
_UUID = "00000000-0000-4000-8000-000000000000"
_EXAMPLES = {
    "ssid": "example",
    "password": "example-password",
    "harbor_id": "1",
    "api_key": "example-key",
    "device_uuid": _UUID,
    "token": "example-token",
    "device_id": _UUID,
    "device_secret": "example-secret",
}


def replaced(raw):
    """Return a configuration as read from TOML with an example for each value with YOUR_ in it.

    Values of other keys stay as they are.
    """
    if isinstance(raw, list):
        return [replaced(each) for each in raw]
    if not isinstance(raw, dict):
        return raw
    return {
        key: _EXAMPLES[key]
        if key in _EXAMPLES and isinstance(value, str) and _MARK in value
        else replaced(value)
        for key, value in raw.items()
    }
