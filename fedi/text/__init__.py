"""Plain text and HTML: find, clean, compose. Pure: no rows, no network, nothing waits."""
