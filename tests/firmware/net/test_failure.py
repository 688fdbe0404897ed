"""failure.py on MicroPython itself, with the chip's errno numbers: words for each error.

The errors of real TLS are in test_virtual_tls.py.
"""

import ast

from support.boards.failure_forms import FORMS
from support.boards.firmware_run import printed_by
from wherry_host.places import SHIMS

PROGRAM = """
import sys

sys.path.insert(0, sys.argv[1])
from failure import words

print([words(eval(error)) for error in sys.argv[2:]])
"""


def test_every_form_of_an_error_gets_words():
    cases = [line.partition(") ") for line in FORMS.strip().splitlines()]
    printed = printed_by(PROGRAM, SHIMS, *(error + ")" for error, _, _ in cases))
    assert ast.literal_eval(printed) == [text for _, _, text in cases]
