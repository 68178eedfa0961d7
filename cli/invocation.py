"""One run of `rumbo`: output format, address of the gateway, and token, as given on any level of the command line."""

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
    """The values of the options that every command has, and the client that they describe."""

    def __init__(self) -> None:
        self.output: OutputFormat = "text"
        self.url: str | None = None
        self.token: str | None = None
        self.profile_path: Path | None = None
        self.envelope: dict[str, Any] = {}
        """The options of every command that is sent: id, body, source, effective time, visibility, file, wait."""

    @property
    def is_text(self) -> bool:
        return self.output == "text"

    @cached_property
    def profile(self) -> dict[str, str]:
        """What `rumbo up` wrote about the stack that it started last; empty if there is no profile.

        Raises `CliError` if a profile was named with ``--profile`` and cannot be read.
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
        """The client of the gateway. Making it sends nothing."""
        from cli.client import Client  # noqa: PLC0415  (it is slow to load)

        profile_url = self.profile.get("url")
        url = self.url or profile_url or DEFAULT_URL
        # The profile's token is a secret shared with the profile's gateway: it is sent to no other address.
        is_profiles = profile_url is not None and url.rstrip("/") == profile_url.rstrip("/")
        return Client(url, self.token or (self.profile.get("token") if is_profiles else None))


def default_profile() -> Path:
    """The profile that is read and written when ``--profile`` is not given."""
    import platformdirs  # noqa: PLC0415  (needed by few commands)

    return Path(platformdirs.user_config_dir("rumbo")) / "profile.toml"


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
