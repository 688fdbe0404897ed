"""wherry's desktop tools: command line, virtual board, local server, deploy and flash.

Importing this package puts the stub `micropython` module first on the path, so that the device's
package `wherry` can be imported on CPython.
"""

import sys
from pathlib import Path

_STUBS = str(Path(__file__).parent / "stubs")
if _STUBS not in sys.path:
    sys.path.insert(0, _STUBS)
