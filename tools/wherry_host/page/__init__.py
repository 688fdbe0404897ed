"""The live page: the points of the server as they come in, and buttons that disturb the nodes.

It reads the server's SQLite file through a separate connection. From wherry it imports only the
tables of channels, for names and units.
"""
