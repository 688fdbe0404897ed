"""The local server: the answers of every dialect, a database, and injected faults."""
