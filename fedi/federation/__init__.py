"""Speaking with other servers: what comes in, what goes out, and what others may fetch from us."""
