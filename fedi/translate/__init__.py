"""Between rows and the wire: pure functions, no waiting, nothing loaded."""
