"""The desktop side of wherry: command line, virtual board, local server, deploy and flash.

Importing it puts the stub `micropython` module first on the path, so that `wherry`, the device's
package, can be imported on CPython.
"""

import sys
from pathlib import Path

_STUBS = str(Path(__file__).parent / "stubs")
if _STUBS not in sys.path:
    sys.path.insert(0, _STUBS)
