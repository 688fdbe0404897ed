"""Assertions shared by the plain tests on both interpreters."""


def raises(error_type, function, *args):
    """Call `function`, expect it to raise `error_type`, and return the error."""
    try:
        function(*args)
    except error_type as error:
        return error
    raise AssertionError("no %s from %r%r" % (error_type.__name__, function, args))
