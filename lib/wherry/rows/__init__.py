"""Rows as bytes: frames, their coding, and segments of frames."""
