"""The clients of tests/mastodon serve here as well."""

from tests.mastodon.conftest import as_alice, as_bob, nobody, sign_in

__all__ = ["as_alice", "as_bob", "nobody", "sign_in"]
