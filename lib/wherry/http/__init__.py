"""HTTP/1.1 as bytes, and bodies of JSON."""
