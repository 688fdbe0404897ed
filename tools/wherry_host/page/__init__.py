"""The live page: what the server has stored, as it comes in, and buttons that disturb the nodes.

It reads the server's SQLite file through a connection of its own. Of wherry it imports the tables
of channels, for names and units.
"""
