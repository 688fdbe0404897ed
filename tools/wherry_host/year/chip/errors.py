"""The OSError of a simulated chip: as on MicroPython, a lone number is the errno."""


class ChipError(OSError):
    """All errors of the chip are of this class, which replaces OSError in the program.

    Its first argument is the errno of the chip, or a text."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        if arguments and isinstance(arguments[0], int):
            self.errno = arguments[0]


class Ended(BaseException):
    """The run of the program ends here: a sleep, a reset or the end of the world's time."""
