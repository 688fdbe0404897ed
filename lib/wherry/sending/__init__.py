"""Uploads: batches, verdicts, ledgers, and how answers are settled."""
