"""The database schema, step by step; `make migration NAME=…` writes the next one."""
