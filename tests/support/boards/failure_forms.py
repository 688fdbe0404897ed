"""The errors of a chip's network, with the words for each."""

# The forms of MicroPython up to 1.27, with Mbed TLS's error numbers from ssl.h; the form of 1.28;
# and errors that are not of a connection.
FORMS = """
OSError(-30592) the server refused TLS (error -30592)
OSError(-29312) the server hung up (error -29312)
OSError(-29184) the server does not speak TLS (error -29184)
OSError(-9984) error -9984
OSError(-9984, "X509") error -9984, X509
OSError(104) the server refused or reset the connection (ECONNRESET)
OSError(113) the connection was aborted (ECONNABORTED)
OSError(-113) the connection was aborted (ECONNABORTED)
OSError(118) no network (EHOSTUNREACH)
OSError(12) too little memory (ENOMEM)
OSError(16) error 16
OSError(2, "ca.der") ENOENT, ca.der
OSError("no answer in time") no answer in time
RuntimeError("Wifi Unknown Error") Wifi Unknown Error
ValueError("\\nThe validity has expired\\n") The validity has expired
"""
