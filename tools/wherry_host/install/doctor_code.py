"""The functions that test a node's network on its board, sent after those of sensor_code.py.

They call the firmware's link, which is compiled without changes. The RTC is set only while a
server's certificate is checked, because rows in RTC memory are dated by the RTC.
"""

DOCTOR_CODE = """
class _State:
    network = lease_due = server_due = server_crc = zero_ms = failures = sample_due = 0
    lease = server = b""
    busy = bytearray(26)
_shift_ms = 0
_FAR_MS = 3_600_000
def _linked(settings, date_s):
    global _link, _rtc_ms
    import chip, link
    _rtc_ms = chip.rtc_ms
    ports = _Ports()
    ports.rtc_ms = _rtc_ms
    ports.on_battery = False
    _link = link.Link(json.loads(settings), _State(), ports, "/ram/ca", date_s, [])
def _tried(function, limit_s, *rest):
    try:
        print(repr((True, function(_rtc_ms() + limit_s * 1000, *rest))))
    except (OSError, ValueError) as error:
        import failure
        print(repr((False, failure.words(error))))
def _joined(deadline_ms):
    _link.open(deadline_ms)
    radio = _link._wlan
    return radio.config("ssid"), _link.rssi(), radio.ifconfig()
def _named(deadline_ms, host):
    return _link._lookup(deadline_ms).address(host)
def _true_ms(deadline_ms):
    global _shift_ms
    rtc_ms, true_ms = _link.network_time(deadline_ms, 0)[:2]
    _shift_ms = true_ms - rtc_ms if abs(true_ms - rtc_ms) > _FAR_MS else 0
    return true_ms - rtc_ms + _rtc_ms()
def _answered(deadline_ms, method, url, headers, body, ca):
    from rtc import set_rtc
    from wherry.http.request import make_request
    pieces, size = ([body], len(body)) if body else ((), None)
    request = make_request(method, url, headers, size, pieces)
    if _shift_ms:
        set_rtc(_rtc_ms() + _shift_ms)
    try:
        answer = _link.exchange(request, deadline_ms + _shift_ms, ca)
        return answer.status, answer.headers, bytes(answer.body)
    finally:
        if _shift_ms:
            set_rtc(_rtc_ms() - _shift_ms)
"""
