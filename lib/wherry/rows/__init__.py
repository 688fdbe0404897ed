"""Rows as bytes: frames, their coding, segments of them."""
