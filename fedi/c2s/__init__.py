"""ActivityPub's own client side (ActivityPub 6): people's clients post to an outbox and read an inbox."""
