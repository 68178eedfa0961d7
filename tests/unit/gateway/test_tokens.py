"""The form of a token: its checksum distinguishes a mistyped token from an unknown one."""

from gateway.tokens import PREFIX, is_well_formed, new_token


def test_tokens_are_well_formed_and_unique() -> None:
    drawn = {new_token() for _ in range(100)}
    assert len(drawn) == 100
    assert {len(token) for token in drawn} == {64}
    assert all(token.startswith(PREFIX) and is_well_formed(token) for token in drawn)


def test_one_mistyped_character_is_noticed() -> None:
    token = new_token()
    for place in range(len(token)):
        other = "a" if token[place] != "a" else "b"
        assert not is_well_formed(token[:place] + other + token[place + 1 :])


def test_other_texts_are_not_well_formed_tokens() -> None:
    for given in ("", "rumbo_", "x" * 64, PREFIX + "\u00e9" * 58):
        assert not is_well_formed(given)
