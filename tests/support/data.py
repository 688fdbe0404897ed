"""Where the tests' data are, on either interpreter."""

DATA = __file__.rsplit("/", 2)[0] + "/data/"
