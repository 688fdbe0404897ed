"""Where the tests find the tree, their data and the programs of the environment."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
#: A complete configuration.
EXAMPLE = DATA / "filled_node.toml"
BIN = Path(sys.executable).parent
MICROPYTHON = BIN / "micropython"
