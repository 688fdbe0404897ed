"""A LIS3DH by its registers (ST DocID17530 rev 2), with clock, FIFO, overrun and turn-on time.

At each access, the model catches up: the samples taken since the last access go into the FIFO and
to the log of truth, each with its own time. This file also runs on MicroPython.
"""

_WHO_AM_I, _CTRL_REG1, _CTRL_REG4, _CTRL_REG5 = 0x0F, 0x20, 0x23, 0x24
_OUT, _OUT_END, _FIFO_CTRL, _FIFO_SRC = 0x28, 0x2E, 0x2E, 0x2F
_RATES_HZ = (0, 1, 10, 25, 50, 100, 200, 400)
# By the range bits in CTRL_REG4, for 12-bit samples.
_MG_PER_DIGIT = (1, 2, 4, 12)
_DEPTH = 32
# The number of periods until high resolution has settled (table 11).
_SETTLING = 7
_WANDER_US = 6 * 3600 * 1_000_000

# At rest on a table, with occasional shaking.
_REST_MG = (12, -30, 998)
_QUIET_COUNT, _SHAKEN_COUNT = 540, 60
_NOISE_MG, _SHAKING_MG = 5, 700


class Model:
    """One sensor on the bus; its rate is off by `rate_ppm` plus up to `wander_ppm`.

    The wandering part has a period of six hours.
    """

    name = "lis3dh"
    CHANNELS = (("x", 1), ("y", 1), ("z", 1))
    IS_FAST = True

    def __init__(self, surroundings, address=0x18, rate_ppm=0, wander_ppm=0, seed=1):
        self.address = address
        self.stuck = False
        self._surroundings = surroundings
        self._rate_ppm, self._wander_ppm = rate_ppm, wander_ppm
        self._chance = seed
        self._registers = bytearray(64)
        self._registers[_WHO_AM_I] = 0x33
        self._registers[_CTRL_REG1] = 0x07
        self._pointer = self._step = 0
        self._fifo = []
        # True if the last access to the FIFO met a fault.
        self._is_missed = False
        self._sample = bytes(6)
        self._next_ns = None
        self._count = 0

    # The bus

    def write(self, data, now_us):
        """Set the register pointer, whose top bit makes it count up, and registers from there."""
        self._pass_time(now_us)
        self._pointer, self._step = data[0] & 0x3F, data[0] >> 7
        for value in data[1:]:
            self._set(self._pointer, value, now_us)
            self._pointer = self._pointer + self._step & 0x3F

    def read(self, count, now_us):
        """Read registers from the pointer; the low byte of X takes the oldest sample."""
        self._pass_time(now_us)
        content = bytearray(count)
        for i in range(count):
            if self._pointer == _OUT and self._fifo:
                taken_us, self._sample = self._fifo.pop(0)
                self._surroundings.read(now_us, self.name, taken_us)
            content[i] = self._get(self._pointer)
            self._pointer = self._pointer + self._step & 0x3F
        return bytes(content)

    def missed(self, written, now_us):
        """Note an access with a fault: samples that leave the FIFO in it could not be read."""
        register = (written[0] if written else self._pointer) & 0x3F
        if _OUT <= register <= _FIFO_SRC:
            self._is_missed = True

    def _set(self, register, value, now_us):
        before = self._registers[register]
        self._registers[register] = value
        if register == _CTRL_REG1 and value >> 4 != before >> 4:
            self._next_ns = None
            self._count = 0
            if value >> 4:
                self._next_ns = now_us * 1000 + self._period_ns(now_us)
        if register == _FIFO_CTRL and not value >> 6:
            self._lose(len(self._fifo), now_us)

    def _get(self, register):
        if register == _FIFO_SRC:
            return self._source()
        if _OUT <= register < _OUT_END:
            return self._sample[register - _OUT]
        return self._registers[register]

    def _source(self):
        self._is_missed = False
        count = len(self._fifo)
        threshold = self._registers[_FIFO_CTRL] & 31
        flags = (count > threshold) << 7 | (count == _DEPTH) << 6 | (not count) << 5
        return flags | min(count, _DEPTH - 1)

    # Its own clock

    def _period_ns(self, now_us):
        rate_hz = _RATES_HZ[self._registers[_CTRL_REG1] >> 4 & 7]
        phase_us = now_us % _WANDER_US
        phase_us = min(phase_us, _WANDER_US - phase_us)
        ppm = self._rate_ppm + self._wander_ppm * phase_us * 2 // _WANDER_US
        return 1_000_000_000_000_000 // (rate_hz * (1_000_000 + ppm))

    def _pass_time(self, now_us):
        while self._next_ns is not None and not self.stuck and self._next_ns <= now_us * 1000:
            taken_us = self._next_ns // 1000
            self._take(taken_us)
            self._next_ns += self._period_ns(taken_us)

    def _take(self, taken_us):
        """Take a sample; until the chip has settled, samples are dropped and not logged."""
        self._count += 1
        settled = self._count > _SETTLING or not self._registers[_CTRL_REG4] & 8
        mg_per_digit = _MG_PER_DIGIT[self._registers[_CTRL_REG4] >> 4 & 3]
        sample, held = bytearray(6), []
        for axis, mg in enumerate(self._acceleration_mg()):
            digits = min(max(mg // mg_per_digit, -2048), 2047) if settled else 0
            # The FIFO keeps ten of the twelve bits.
            digits &= ~3
            held.append(digits * mg_per_digit / 1000)
            sample[2 * axis] = digits << 4 & 0xFF
            sample[2 * axis + 1] = digits >> 4 & 0xFF
        if settled:
            self._surroundings.measured(taken_us, self.name, x=held[0], y=held[1], z=held[2])
        self._keep(taken_us, bytes(sample))

    def _keep(self, taken_us, sample):
        on = self._registers[_CTRL_REG5] & 0x40 and self._registers[_FIFO_CTRL] >> 6 == 2
        if not on:
            self._sample = sample
            return
        if len(self._fifo) == _DEPTH:
            self._lose(1, taken_us)
        self._fifo.append((taken_us, sample))

    def _lose(self, count, now_us):
        """Drop the oldest samples, which were not read."""
        for taken_us, _ in self._fifo[:count]:
            if self._is_missed:
                self._surroundings.unread(now_us, self.name, taken_us)
        del self._fifo[:count]

    def _acceleration_mg(self):
        shaken = self._count % (_QUIET_COUNT + _SHAKEN_COUNT) >= _QUIET_COUNT
        spread = _SHAKING_MG if shaken else _NOISE_MG
        found = []
        for rest in _REST_MG:
            # The generator of Numerical Recipes, which gives the same numbers in every
            # interpreter.
            self._chance = (self._chance * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
            found.append(rest + (self._chance >> 16) % (2 * spread + 1) - spread)
        return found
