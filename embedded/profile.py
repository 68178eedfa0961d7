"""The profile: the address and token with which the command line reaches the stack that was started last.

A small TOML file in the user's configuration folder. It holds a token, so only its owner can read it.
"""

import json
import os
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Profile:
    """``profile.toml``, key by key."""

    url: str
    """The gateway."""
    token: str
    """The access token; empty if there is none."""
    data: str
    """The data folder of the stack."""
    temporal_address: str
    temporal_ui: str


def path() -> Path:
    return Path(platformdirs.user_config_dir("rumbo")) / "profile.toml"


def write(profile: Profile) -> Path:
    """Writes the profile atomically; returns its path."""
    place = path()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A JSON string is a TOML basic string (TOML 1.0, String).
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in asdict(profile).items()]
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("".join(["# Written by `rumbo up`.\n", *lines]))
    beside.replace(place)
    return place


def remove(profile: Profile) -> None:
    """Removes the profile, unless another stack has replaced it."""
    if read() == profile:
        path().unlink(missing_ok=True)


def read() -> Profile | None:
    """The profile; ``None`` if there is none or it is malformed."""
    try:
        return Profile(**tomllib.loads(path().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
