"""The folder of the tests' data, on either interpreter."""

DATA = __file__.rsplit("/", 2)[0] + "/data/"
