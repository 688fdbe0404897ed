"""The functions that scan and read sensors on a board, sent after those of target_code.py.

The modules are in a filesystem in the heap. Nothing is written to the flash, so a board's readings
and versions stay.
"""

SENSOR_CODE = """
import io, json, time, vfs
class _Modules:
    def __init__(self):
        self.files = {}
    def mount(self, readonly, mkfs):
        pass
    def umount(self):
        pass
    def stat(self, path):
        path = path.strip("/")
        if path in self.files:
            return (0x8000, 0, 0, 0, 0, 0, len(self.files[path]), 0, 0, 0)
        if any(name.startswith(path + "/") for name in self.files):
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(2)
    def open(self, path, mode):
        return io.BytesIO(self.files[path.strip("/")])
_modules = _Modules()
def _mounted():
    vfs.mount(_modules, "/ram")
    sys.path[:] = ["/ram", ".frozen"]
class _Ports:
    rest = None
    def feed(self):
        _fed()
    def say(self, text):
        print("say", text)
def _wait(ms):
    while ms > 0:
        _fed()
        time.sleep_ms(min(ms, 1000))
        ms -= 1000
def _read_sensors(settings):
    import sensing
    sampler = sensing.made(json.loads(settings), _Ports())
    sampler.sample(time.ticks_ms, _wait)
    print("rows", sampler.rows)
def _bus(scl, sda, freq_hz, number):
    import machine
    pins = machine.Pin(scl), machine.Pin(sda)
    if number is None:
        return machine.SoftI2C(*pins, freq=freq_hz)
    return machine.I2C(number, scl=pins[0], sda=pins[1], freq=freq_hz)
def _networks():
    import network
    radio = network.WLAN(network.STA_IF)
    was_on = radio.active()
    radio.active(True)
    try:
        return [(bytes(each[0]), each[3]) for each in radio.scan()]
    finally:
        radio.active(was_on)
def _scanned(*wires):
    return _bus(*wires).scan()
def _register(address, register, size, *wires):
    try:
        return _bus(*wires).readfrom_mem(address, register, size)
    except OSError:
        return None
"""
