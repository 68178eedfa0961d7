"""What one run of `rumbo` knows: how to write its results, where the gateway is, and with what to sign in."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from cli import exit_codes
from cli.errors import CliError
from language import _
from telling.system_errors import os_error_text

if TYPE_CHECKING:
    from cli.client import Client

OutputFormat = Literal["text", "json", "jsonl", "yaml"]

DEFAULT_URL: Final = "http://127.0.0.1:8700"


class Invocation:
    """The options that every command has, as given on any level of the command line."""

    def __init__(self) -> None:
        self.output: OutputFormat = "text"
        self.url: str | None = None
        self.token: str | None = None
        self.profile_path: Path | None = None
        self.envelope: dict[str, Any] = {}
        """Who speaks, by what source and from when: the options that every sent command has."""

    @property
    def is_text(self) -> bool:
        return self.output == "text"

    @cached_property
    def profile(self) -> dict[str, str]:
        """What `rumbo up` wrote down of the stack that it started last; empty where there is none.

        Raises `CliError` for a profile that was asked for and cannot be read.
        """
        import tomllib  # noqa: PLC0415  (needed by few commands)

        path = self.profile_path or default_profile()
        try:
            return {key: str(value) for key, value in tomllib.loads(path.read_text(encoding="utf-8")).items()}
        except FileNotFoundError:
            if self.profile_path is None:
                return {}
            raise CliError(_("There is no profile {path}.").format(path=path), exit_codes.USAGE) from None
        except (OSError, ValueError) as error:
            raise CliError(
                _("The profile {path} cannot be read: {reason}").format(path=path, reason=os_error_text(str(error))),
                exit_codes.USAGE,
            ) from None

    @cached_property
    def client(self) -> "Client":
        """The way to the gateway. Nothing is sent yet."""
        from cli.client import Client  # noqa: PLC0415  (it is slow to load)

        known = self.profile.get("url")
        url = self.url or known or DEFAULT_URL
        # The profile's token is a secret between us and the profile's gateway: no other address gets it.
        own = self.profile.get("token") if known and url.rstrip("/") == known.rstrip("/") else None
        return Client(url, self.token or own)


def default_profile() -> Path:
    """Where the profile lies unless one is named."""
    import platformdirs  # noqa: PLC0415  (needed by few commands)

    return Path(platformdirs.user_config_dir("rumbo")) / "profile.toml"


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
