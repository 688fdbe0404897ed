"""Scans by the radios around the node, done for each upload: `session.scan`.

Loaded only if an option of the uplink enables a scan. Each scan is bounded in time. A failed scan
is reported and left out: no upload hangs or fails because of a scan.
"""

import time

import network
from micropython import const

_STEP_MS = const(20)
# Beacons advertise at least once per second; NimBLE needs another second to start and to stop.
_BLUETOOTH_MS = const(5_000)
_BLUETOOTH_SPARE_MS = const(1_000)
# The receiver listens continuously: the window is as long as the interval, in us.
_LISTEN_US = const(30_000)
_IRQ_SCAN_RESULT = const(5)
_IRQ_SCAN_DONE = const(6)
# A SIM800 needs up to a second while it searches; the six answers are also bounded in total.
_ANSWER_MS = const(1_500)
_MODEM_MS = const(8_000)
_READ_SIZE_MAX = const(256)
_MODEM = "modem"


def hear(upload, node, is_joined):
    """Do an upload's due scans: before the node joins Wi-Fi, or after the join."""
    if is_joined:
        after_join(upload.session, upload.settings, network.WLAN(network.STA_IF), node.ports)
        return
    if upload.settings["bluetooth_scan"]:
        node.link.close()  # Beacons are received only with Wi-Fi off: both share one antenna.
    import board
    import settings

    wired = board.Board(settings.read()["board"])
    before_join(upload.session, upload.settings, wired, node.ports, node.sample_if_due)


def before_join(session, settings, board, ports, idle=None):
    """Scan while Wi-Fi is off: Bluetooth, and the modem's cells on the board's UART `modem`.

    Earlier results are discarded. `idle` and `ports.feed` are called at least every 100 ms.
    """
    scan = session.scan = {}
    wait = _Wait(ports, idle)
    if settings["bluetooth_scan"]:
        _add(scan, ports, "bt", _bluetooth, wait)
    if settings["gsm_scan"]:
        _add(scan, ports, "gsm", _cells, board, scan, wait)


def after_join(session, settings, wlan, ports):
    """Scan with the station `wlan`, joined or not, which blocks for about 2.5 s."""
    scan = session.scan = session.scan or {}
    scan.pop("wlan", None)
    if settings["wlan_scan"]:
        _add(scan, ports, "wlan", _access_points, wlan, ports)


def _add(scan, ports, kind, function, *args):
    """Add a function's result to the scan; report the radio's errors."""
    try:
        found = function(*args)
    except (OSError, RuntimeError) as error:
        ports.say("scan of %s: %s" % (kind, error))
        return
    if found:
        scan[kind] = found


def _access_points(wlan, ports):
    ports.feed()
    try:
        from wherry.scans.wlan import access_points

        return access_points(wlan.scan())
    finally:
        ports.feed()


class _Wait:
    """Waits in small steps, while the watchdog is fed and due sensors are read."""

    def __init__(self, ports, idle):
        self._feed = ports.feed
        self._idle = idle or ports.feed

    def until(self, is_over, wait_ms):
        """Wait at most `wait_ms` until `is_over()` is true; return whether it became true."""
        begin = time.ticks_ms()
        while not is_over():
            if time.ticks_diff(time.ticks_ms(), begin) >= wait_ms:
                return False
            self._feed()
            self._idle()
            time.sleep_ms(_STEP_MS)
        return True


# Bluetooth


def _bluetooth(wait):
    try:
        import bluetooth
    except ImportError:
        raise OSError("this chip has no Bluetooth") from None
    if network.WLAN(network.STA_IF).active():
        # Wi-Fi and Bluetooth share one antenna and the chip's memory.
        raise OSError("Wi-Fi is on")
    from wherry.scans.bluetooth import beacons, keep

    heard = {}
    done = []

    def take(event, data):
        if event == _IRQ_SCAN_RESULT:
            addr_type, addr, _, rssi, adv_data = data
            keep(heard, addr_type, addr, rssi, adv_data)
        elif event == _IRQ_SCAN_DONE:
            done.append(True)

    radio = bluetooth.BLE()
    try:
        radio.active(True)
        radio.irq(take)
        # Passive: scan requests would drain the beacons' batteries.
        radio.gap_scan(_BLUETOOTH_MS, _LISTEN_US, _LISTEN_US, False)
        wait.until(lambda: done, _BLUETOOTH_MS + _BLUETOOTH_SPARE_MS)
    finally:
        radio.irq(None)  # pyright: ignore[reportArgumentType]
        radio.active(False)
    return beacons(heard)


# Cells


def _cells(board, scan, wait):
    """Return the GSM cells that the modem reports; add LTE cells to the scan."""
    from wherry.scans.modem import Dialogue

    uart = board.uart(_MODEM)
    try:
        uart.read(uart.any())
        talk = Dialogue()
        begin = time.ticks_ms()
        command = talk.next_command()
        while command:
            left_ms = _MODEM_MS - time.ticks_diff(time.ticks_ms(), begin)
            uart.write(command)
            wait.until(lambda: _is_answered(talk, uart), min(_ANSWER_MS, left_ms))
            command = talk.next_command()
    finally:
        uart.deinit()
    from wherry.scans.gsm import Cells

    found = Cells(talk.lines)
    if found.lte:
        scan["lte"] = found.lte
    if not found.gsm and not found.lte:
        raise OSError(talk.trouble or found.trouble)
    return found.gsm


def _is_answered(talk, uart):
    """Pass received bytes to the dialogue; return whether the answer is complete."""
    count = uart.any()
    if count:
        talk.feed(uart.read(min(count, _READ_SIZE_MAX)))
    return talk.answered
