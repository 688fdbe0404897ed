"""bluetooth.BLE, limited to scanning for beacons; loaded only if a board has beacons.

On the chip, events come between two steps of the program; here, they come while it waits. As on
the chip, the views in an event are invalid after it.
"""

import json

import _board
from usys import print_exception

_SCAN_RESULT, _SCAN_DONE = 5, 6
_ENODEV, _EINVAL = 19, 22


class BLE:
    _one = None

    def __new__(cls):
        if cls._one is None:
            cls._one = super(BLE, cls).__new__(cls)
            cls._one._active = False
            cls._one._handler = None
            cls._one._events = []
            cls._one._others = _board.pending
            cls._one._address = bytearray(6)
            cls._one._data = bytearray(31)
        return cls._one

    def __init__(self):
        pass

    def active(self, on=None):
        if on is not None:
            self._active = bool(on)
            self._stop()
        return self._active

    def config(self, *names, **values):
        if values:
            return None
        if names != ("mac",):
            raise ValueError("unknown config param")
        return 0, _board.regs.device_id.to_bytes(6, "big")

    def irq(self, handler):
        if handler is not None and not callable(handler):
            raise ValueError("invalid handler")
        self._handler = handler

    def gap_scan(self, duration_ms=0, interval_us=1280000, window_us=11250, active=False):
        if not self._active:
            raise OSError(_ENODEV)
        if duration_ms is None:
            if self._events:
                self._stop()
                self._report(_SCAN_DONE, ())
            return
        if not 2500 <= window_us <= interval_us:
            raise OSError(_EINVAL)
        if not self._events:
            self._others = _board.pending
        begin_us = _board.now_us()
        heard = json.loads(_board.call(b"B" + duration_ms.to_bytes(4, "little")))
        self._events = [(begin_us + 1000 * at_ms, advert) for at_ms, advert in heard]
        self._events.append((begin_us + 1000 * duration_ms, None))
        _board.pending = self._pass_time

    def _stop(self):
        self._events = []
        _board.pending = self._others

    def _pass_time(self):
        if self._others:
            self._others()
        while self._events and self._events[0][0] <= _board.now_us():
            advert = self._events.pop(0)[1]
            if advert is None:
                self._stop()
                self._report(_SCAN_DONE, ())
            else:
                self._report_advert(*advert)

    def _report_advert(self, addr_type, addr, adv_type, rssi, data):
        data = bytes.fromhex(data)
        self._address[:] = bytes.fromhex(addr)
        self._data[: len(data)] = data
        view = memoryview(self._data)[: len(data)]
        self._report(_SCAN_RESULT, (addr_type, memoryview(self._address), adv_type, rssi, view))
        for buffer in (self._address, self._data):
            for i in range(len(buffer)):
                buffer[i] = 0xA5

    def _report(self, event, data):
        try:
            if self._handler:
                self._handler(event, data)
        except Exception as error:
            print("Unhandled exception in IRQ callback handler")
            print_exception(error)
