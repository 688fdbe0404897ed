"""A third-party driver as a Sensor: created on first use, read at each reading.

Loaded only if a section of the configuration names one. Converts its floats to scaled integers.
"""

from wherry import load


class Adapter:
    """A Sensor (see sensors/__init__.py) from a section that config/adapter.py has checked.

    `port(kind, value)` returns a bus or a pin. `call(function, *arguments)` runs a
    function that may block. `bus` is the chip's I2C bus if its address is known, else None.
    """

    def __init__(self, section: dict, port, call, bus=None):
        self._section = section
        self._names = [channel[0] for channel in section["channels"]]
        self._port = port
        self._call = call
        self._bus = bus
        self._device = None

    def start(self, anew: bool) -> int:
        """Begin a measurement; return the milliseconds until `read`."""
        if self._bus:
            # Some drivers wait forever for an absent chip.
            self._bus.writeto(self._section["address"], b"")
        if anew or not self._device:
            self._device = None
            self._device = self._made()
        begin = self._section["start"]
        if begin:
            self._call(value_of, self._device, begin)
        return self._section["ready_ms"]

    def _made(self):
        module, _, name = self._section["driver"].partition(":")
        made = getattr(self._call(load, module), name)
        positional, keywords = self._section["arguments"]
        keywords = {key: self._argument(keywords[key]) for key in keywords}
        return self._call(made, *[self._argument(each) for each in positional], **keywords)

    def _argument(self, value):
        return self._port(*value) if type(value) is list else value

    def read(self) -> list:
        """Return [(channel index, value or reason)]; raise an exception if all calls fail."""
        answers = [self._asked(call) for call in self._section["calls"]]
        failures = [answer for answer in answers if isinstance(answer, Exception)]
        if len(failures) == len(answers):
            raise failures[0]
        return [
            (i, _read(self._names[i], answers[place], indices, decimals))
            for i, (place, indices, decimals) in enumerate(self._section["reads"])
        ]

    def _asked(self, call):
        try:
            return self._call(value_of, self._device, call)
        except Exception as error:
            return error


def value_of(device, expression: list):
    """Return the value of a parsed expression; see config/expression.py."""
    found = getattr(device, expression[0])
    for step in expression[1:]:
        if type(step) is str:
            found = getattr(found, step)
        elif type(step) is int:
            found = found[step]
        else:
            found = found(*[value_of(device, e) if type(e) is list else e for e in step])
    return found


def _read(name, answer, indices, decimals):
    """Return the scaled value of a channel, or the reason why the value is withheld."""
    try:
        if isinstance(answer, Exception):
            raise answer
        for index in indices:
            answer = answer[index]
        return scaled(answer, decimals)
    except Exception as error:
        from wherry.sampling.failures import words

        return name + ": " + words(error)


def scaled(value, decimals: int) -> int:
    """Return a number in units of its last decimal; ValueError for anything else.

    A string may have a unit after its number, such as "21.50C".
    """
    number = float(_digits(value)) if type(value) is str and _digits(value) else value
    if type(number) in (int, bool):
        return int(number) * 10**decimals
    # This also rejects NaN and infinity.
    if type(number) is not float or number - number != 0:
        raise ValueError("%r is not a number" % (value,))
    return round(number * 10**decimals)


def _digits(text):
    end = 0
    while end < len(text) and text[end] in "+-.0123456789":
        end += 1
    return text[:end]
