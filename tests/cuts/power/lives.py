"""Random lives of a node, with cuts of the power in some of their actions."""

import random

from cuts import Cuts
from flash import Flash
from life import Life, random_truth

_BLOCK_COUNT = 48
_ACTIONS_UNCUT = (0, 10, 40, 160)
_ACTIONS_CUT = 10
_ROWS_CUT = 5


class Lives(Cuts):
    """Cuts the power of lives on one flash."""

    def __init__(self):
        super().__init__([Flash(_BLOCK_COUNT) for _ in range(3)])
        self._flash = Flash(_BLOCK_COUNT)

    def live(self):
        """Run a life, and cut its last actions."""
        self._flash.format()
        life = Life(self._flash, "/life", random_truth())
        life.start()
        try:
            for _ in range(random.choice(_ACTIONS_UNCUT)):
                life.do()
            actions = [None] * _ACTIONS_CUT
            if random.getrandbits(1):
                # Add rows until a new segment is needed, and the oldest may be dropped for it.
                life.do("fill")
                actions[:_ROWS_CUT] = ["append"] * _ROWS_CUT
            if random.getrandbits(1):
                # RTC memory knows all rows except those being added.
                actions[-2:] = ["save_hint", "extend"]
            for action in actions:
                self.cut(life, action)
        finally:
            life.stop()
