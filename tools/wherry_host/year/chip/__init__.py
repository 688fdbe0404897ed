"""The chip of both engines: its link to the world, sockets and TLS."""
