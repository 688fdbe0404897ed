"""Paths of the tree, of the tests' data and of the environment's programs."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
#: A complete configuration.
EXAMPLE = DATA / "filled_node.toml"
BIN = Path(sys.executable).parent
MICROPYTHON = BIN / "micropython"
