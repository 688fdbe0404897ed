"""The commands to a board from the process that created it; see VirtualBoard's methods."""


class Commands:
    """Carries out commands on the parts of a board."""

    def __init__(self, power, bus, regs, clock, options):
        self._power, self._bus, self._regs = power, bus, regs
        self._clock, self._options = clock, options

    def do(self, command):
        """Run {"do": name, arguments ...} and return its result."""
        arguments = dict(command)
        return getattr(self, "_" + arguments.pop("do"))(**arguments)

    def _power_on(self):
        self._power.power_on()

    def _cut(self):
        self._power.cut()

    def _cut_at_write(self, count):
        self._regs["writes_left"] = count

    def _kill(self, cause):
        self._power.reset(cause, injected=True)

    def _wifi(self, up, uplink):
        self._bus.wifi.set_air(self._clock.now_us(), up, uplink)

    def _access_points(self, points):
        self._bus.wifi.set_points(self._clock.now_us(), points)

    def _port(self, named, port):
        ports = self._options.ports
        ports[named] = port
        self._regs.set_ports(ports)
        self._bus.resolver.move(ports)

    def _device(self, name, fault):
        self._bus.set_fault(name, fault)

    def _battery(self, mv):
        for device in self._bus.pins.analog.values():
            if hasattr(device, "set_mv"):
                device.set_mv(mv, self._clock.now_us())

    def _pin(self, pin, level):
        self._regs.set_level(pin, level)
        self._power.pin_changed(pin, level)

    def _drift(self, awake_ppm, asleep_ppm):
        self._power.set_drift(awake_ppm, asleep_ppm)

    def _status(self):
        fields = ("reset_cause", "wake_reason", "wifi_status", "wifi_connected", "air")
        now_us = self._clock.now_us()
        times = {"true_us": now_us, "rtc_unix_us": self._power.unix_us(now_us)}
        pins = {"outputs": [self._regs.output(pin) for pin in range(40)]}
        status = {name: self._regs[name] for name in fields}
        status["flash"] = self._regs.flash
        return {"state": self._power.state, **times, **pins, **status}
