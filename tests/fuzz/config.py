"""Coverage-guided fuzzing: any bytes as a node's TOML file may raise only ConfigError.

`python tests/fuzz/config.py [libFuzzer's options] [folder of the corpus]`, as with fuzz/answer.py.
"""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
import conftest  # noqa: F401

with atheris.instrument_imports(include=["wherry", "wherry_host.config.config_file", "tomllib"]):
    from wherry.config.check import ConfigError
    from wherry_host.config import config_file


def try_input(octets):
    """Try one file."""
    try:
        config_file.checked(config_file.parsed("node.toml", octets))
    except ConfigError as error:
        text = str(error)
        assert text and all(c == "\n" or ord(c) > 31 for c in text), text


if __name__ == "__main__":
    atheris.Setup(sys.argv, try_input)
    atheris.Fuzz()
