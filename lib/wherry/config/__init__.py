"""Configurations: a dictionary is checked and becomes typed settings.

On the host only, but for text.py, which HERE's desired state needs on the node.
"""
