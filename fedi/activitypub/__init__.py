"""ActivityPub as a library: frozen dataclasses in and out of JSON; no rows, no network, no waiting."""
