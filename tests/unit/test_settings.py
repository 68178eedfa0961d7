"""What the programs read from their environment."""

import pytest

from settings import Settings, UnusableSetting


def test_what_is_not_said_is_at_its_default_and_what_is_empty_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUMBO_PLANS_AWAKE", "")
    assert (Settings().plans_awake, Settings(plans_awake=7).plans_awake) == (500, 7)


def test_a_program_started_by_another_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings(plans_awake=10_000, gateway_port=8701, versioning="pinned")
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == given


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RUMBO_PLANS_AWAKE", "0"),
        ("RUMBO_PLANS_AWAKE", "many"),
        ("RUMBO_PLANS_AWAKE", "-3"),
        ("RUMBO_GATEWAY_PORT", "65536"),
        ("RUMBO_MODE", "deaf"),
    ],
)
def test_a_variable_that_makes_no_sense_is_named_with_what_it_must_be(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UnusableSetting, match=f"{variable} is '{value}', but it must be"):
        Settings()
