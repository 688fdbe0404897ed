"""A node's life on virtual time: its chip, the world around it, and its readings' places."""
