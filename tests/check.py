"""Assertions shared by the plain tests on both interpreters."""


def raises(error_type, function, *args):
    """Call the function, expect an error of the type, and return it."""
    try:
        function(*args)
    except error_type as error:
        return error
    raise AssertionError("no %s from %r%r" % (error_type.__name__, function, args))
