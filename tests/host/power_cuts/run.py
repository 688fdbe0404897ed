"""Cuts the power of random lives: `micropython run.py LIB SEED COUNT`, LIB the folder of wherry/.

Ends after COUNT cases, or with exit code 1 at a broken promise.
"""

import sys

if __name__ == "__main__":
    sys.path[:0] = [__file__.rsplit("/", 1)[0], sys.argv[1], __file__.rsplit("/", 3)[0]]
    import lives

    sys.exit(lives.cut(int(sys.argv[2]), int(sys.argv[3])))
