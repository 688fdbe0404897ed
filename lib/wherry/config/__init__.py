"""Configurations: checks a dictionary and converts it to typed settings.

Host only; wherry/text.py, which HERE's desired state also needs, is outside this package.
"""
