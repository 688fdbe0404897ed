"""The live page: it shows the server's points as they arrive and has buttons to disturb nodes.

It reads the server's SQLite file through a separate connection. From wherry it imports only the
channel tables, for names and units.
"""
