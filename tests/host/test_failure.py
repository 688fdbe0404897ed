"""failure.py on MicroPython itself, with the chip's errno numbers: words for each error.

The errors of real TLS are in test_virtual_tls.py.
"""

import ast

from firmware_run import printed_by
from wherry_host.places import SHIMS

PROGRAM = """
import sys

sys.path.insert(0, sys.argv[1])
from failure import words

print([words(eval(error)) for error in sys.argv[2:]])
"""
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


def test_every_form_of_an_error_gets_words():
    cases = [line.partition(") ") for line in FORMS.strip().splitlines()]
    printed = printed_by(PROGRAM, SHIMS, *(error + ")" for error, _, _ in cases))
    assert ast.literal_eval(printed) == [text for _, _, text in cases]
