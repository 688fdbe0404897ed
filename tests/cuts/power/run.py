"""Cuts the power of random lives: `micropython run.py LIB SEED COUNT`, LIB the folder of wherry/.

Ends after COUNT cases, or with exit code 1 at a broken promise.
"""

import sys

if __name__ == "__main__":
    tests = __file__.rsplit("/", 3)[0]
    sys.path[:0] = [tests + "/cuts/power", tests + "/support/chip", tests, sys.argv[1]]
    import lives

    sys.exit(lives.cut(int(sys.argv[2]), int(sys.argv[3])))
