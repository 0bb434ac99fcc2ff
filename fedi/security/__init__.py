"""Passwords, tokens, keys, what may be dialled, and how often: tools without state of their own."""
