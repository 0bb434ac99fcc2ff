"""The shell's face: one file a noun, one table in main.py."""
