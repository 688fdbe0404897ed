"""The error text of a failed exchange. Loaded on demand."""

import errno

# Mbed TLS's numbers are from its ssl.h, the others from lwIP.
_PLAIN = {
    -0x7780: "the server refused TLS",
    -0x7280: "the server hung up",
    -0x7200: "the server does not speak TLS",
    12: "too little memory",
    104: "the server refused or reset the connection",
    113: "the connection was aborted",
    118: "no network",
}


def of(error, host, is_own):
    """Return the exception to raise for an error in an exchange with a host.

    `is_own` means that the node's code raised the error, not the network. An OSError is then a
    flash error; any other exception is returned unchanged.
    """
    if not is_own:
        return OSError("%s: %s" % (host, words(error)))
    return OSError("flash: %s" % error) if isinstance(error, OSError) else error


def words(error):
    """Return an error's text in one line; plain words and the error's name replace a number.

    MicroPython reports an errno, or Mbed TLS's number with its name. Before 1.28, once TLS is
    established, it reports only Mbed TLS's number, or a negative errno.
    """
    number = error.errno if isinstance(error, OSError) else None
    if not isinstance(number, int):
        # Mbed TLS puts its text about a certificate on a separate line.
        return " ".join(str(error).split())
    if -256 < number < 0:
        number = -number
    name = errno.errorcode.get(number, "error %d" % number)
    name = ", ".join([name] + [str(more) for more in error.args[1:]])
    return "%s (%s)" % (_PLAIN[number], name) if number in _PLAIN else name
