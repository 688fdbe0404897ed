"""HTTP/1.1 as bytes, and JSON bodies."""
