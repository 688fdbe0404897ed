"""Uploads: batches, verdicts, ledgers, and what follows from them."""
