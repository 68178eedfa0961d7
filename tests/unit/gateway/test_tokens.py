"""The form of a token: long enough that nobody guesses it, and a typo is told from a stranger."""

from gateway.tokens import PREFIX, is_well_formed, new_token


def test_a_token_is_whole_and_no_two_are_alike() -> None:
    drawn = {new_token() for _ in range(100)}
    assert len(drawn) == 100
    assert {len(token) for token in drawn} == {64}
    assert all(token.startswith(PREFIX) and is_well_formed(token) for token in drawn)


def test_one_mistyped_character_is_noticed() -> None:
    token = new_token()
    for place in range(len(token)):
        other = "a" if token[place] != "a" else "b"
        assert not is_well_formed(token[:place] + other + token[place + 1 :])


def test_what_is_no_token_is_none() -> None:
    for given in ("", "rumbo_", "x" * 64, PREFIX + "\u00e9" * 58):
        assert not is_well_formed(given)
