"""Durable work: rows in the transaction that causes it, run at least once."""
