"""Configurations: checks a dictionary and converts it to typed settings. Host only.

wherry/text.py, which it shares with HERE's desired state, also runs on the node.
"""
