"""Random tokens and the form they are stored in."""

from fedi.security.tokens import new_token, same_token, stored_form


def test_tokens_are_long_url_safe_and_never_alike() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(len(token) == 43 and token.replace("-", "").replace("_", "").isalnum() for token in tokens)


def test_the_stored_form_is_a_hash() -> None:
    assert stored_form("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(stored_form("\ud800")) == 64


def test_tokens_are_compared_whole() -> None:
    assert same_token("abc", "abc")
    assert not same_token("abc", "abd")
    assert not same_token("abc", "ab")
    assert not same_token("é", "e")
