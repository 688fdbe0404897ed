"""The 1-Wire module that is frozen in stock images; its slots are in `_onewire`."""

import _onewire
from machine import Pin


class OneWireError(Exception):
    pass


class OneWire:
    SEARCH_ROM, MATCH_ROM, SKIP_ROM = 0xF0, 0x55, 0xCC

    def __init__(self, pin):
        self.pin = pin
        pin.init(Pin.OPEN_DRAIN, Pin.PULL_UP)

    def reset(self, required=False):
        present = _onewire.reset(self.pin)
        if required and not present:
            raise OneWireError
        return present

    def readbit(self):
        return _onewire.readbit(self.pin)

    def readbyte(self):
        return _onewire.readbyte(self.pin)

    def readinto(self, buf):
        for i in range(len(buf)):
            buf[i] = self.readbyte()

    def writebit(self, value):
        _onewire.writebit(self.pin, value)

    def writebyte(self, value):
        _onewire.writebyte(self.pin, value)

    def write(self, buf):
        for octet in buf:
            self.writebyte(octet)

    def select_rom(self, rom):
        self.reset()
        self.writebyte(self.MATCH_ROM)
        self.write(rom)

    def crc8(self, data):
        return _onewire.crc8(data)

    # Maxim's application note 187: a pass takes the other branch at the last fork of the previous
    # pass.
    def scan(self):
        found = []
        rom, fork = bytearray(8), 64
        while fork >= 0 and self.reset():
            self.writebyte(self.SEARCH_ROM)
            rom, fork = self._pass(rom, fork)
            if fork is None:
                break
            found.append(rom)
        return found

    def _pass(self, before, last):
        rom, fork = bytearray(8), -1
        for i in range(64):
            bit, complement = self.readbit(), self.readbit()
            if bit and complement:
                return rom, None
            if not bit and not complement:
                bit = before[i >> 3] >> (i & 7) & 1 if i < last else i == last
                if not bit:
                    fork = i
            self.writebit(bit)
            rom[i >> 3] |= bit << (i & 7)
        return rom, fork
