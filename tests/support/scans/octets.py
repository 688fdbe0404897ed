"""Addresses of radios as bytes."""


def octets(text):
    return bytes.fromhex(text.replace(" ", "").replace(":", ""))
