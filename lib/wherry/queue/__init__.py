"""The queue in files: rows in flash, read, thinned and dropped."""
