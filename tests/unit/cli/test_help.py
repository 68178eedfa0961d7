"""Every command explains itself, in both languages, and the overview comes at once."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

import cli.commands
from cli.invocation import Invocation
from cli.root import rumbo as root
from telling.wording import TERMS
from tests.unit.cli.conftest import Rumbo, ScriptedGateway

ALL_HELP = """
import json, sys
import language
language.use(sys.argv[1])
import click
from cli.root import rumbo
from cli.invocation import Invocation

found = {}
def walk(command, path, parent):
    with click.Context(command, info_name=path[-1], parent=parent, obj=Invocation()) as ctx:
        found[" ".join(path)] = command.get_help(ctx)
        command.make_parser(ctx)  # it warns of a parameter that is defined twice
        options = [one for one in command.params if isinstance(one, click.Option)]
        assert all(one.help for one in options), path
        if isinstance(command, click.Group):
            for name in command.list_commands(ctx):
                walk(command.get_command(ctx, name), [*path, name], ctx)
walk(rumbo, ["rumbo"], None)
print(json.dumps(found))
"""


def _help_in(language: str) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALL_HELP, language], capture_output=True, text=True, check=True
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_every_command_has_help_in_both_languages() -> None:
    english, spanish = _help_in("en"), _help_in("es")
    assert len(english) > 45
    assert english.keys() == spanish.keys()
    for path, text in english.items():
        assert len(text.splitlines()) > 5, path
        assert spanish[path] != text, path
        assert spanish[path].startswith("Uso: rumbo"), path
        for word in ("Options:", "Commands:", "Show this message", "Every command", "by default"):
            assert word not in spanish[path], path


def test_no_example_runs_into_the_next() -> None:
    for language in ("en", "es"):
        for path, text in _help_in(language).items():
            for paragraph in text.split("\n\n"):
                words = " ".join(paragraph.split())
                assert not words.startswith("rumbo ") or words.count(f"{path} ") <= 1, path


@pytest.mark.parametrize(("language", "said"), [("es_MX.UTF-8", "Planes de acción"), ("C.UTF-8", "Action plans")])
def test_the_overview_is_quick(language: str, said: str) -> None:
    """CPU time, which other work on the machine does not change much; about 0.08 s, and the bound is generous."""
    environment = {name: value for name, value in os.environ.items() if name not in ("LANGUAGE", "LC_ALL")}
    times = []
    for _try in range(3):
        began = _cpu_seconds()
        done = subprocess.run(
            [sys.executable, "-m", "cli", "--help"],
            capture_output=True,
            text=True,
            check=True,
            env=environment | {"LANG": language},
        )
        times.append(_cpu_seconds() - began)
        assert said in done.stdout
    assert min(times) < 0.25


def _cpu_seconds() -> float:
    """CPU time of the processes that this one has started and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_overview_imports_no_command_and_nothing_slow() -> None:
    code = (
        "import sys; from cli.main import run; run(['--help'])\n"
        "slow = {'httpx2', 'rich', 'asyncio', 'pydantic', 'platformdirs', 'embedded', 'domain', 'babel'}\n"
        "loaded = [one for one in sys.modules if one in slow or one.startswith('cli.commands.')]\n"
        "print(sorted(loaded), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_every_command_in_the_list_of_words_exists() -> None:
    named = [word.command for word in TERMS if word.command]
    assert len(named) > 8
    for command in named:
        noun, verb = command.split()[1:]
        found = root.get_command(click.Context(root, obj=Invocation()), noun)
        assert isinstance(found, click.Group)
        assert verb in found.list_commands(click.Context(found)), command


RAINFALL = """
from cli.command import NounGroup
from cli.verb import argument, option, send_verb
from language import _

command = NounGroup(
    "rainfall",
    help=_("Record how much it rained."),
    commands=[
        send_verb(
            "record",
            "record_rainfall",
            _("Record the rain of one day."),
            argument("millimetres", metavar=_("VALUE")),
            option("--as-at", metavar=_("DATE"), help=_("The day that it is about.")),
        )
    ],
)
"""
DRIZZLE = """
from cli.verb import send_verb, text_option
from language import _

command = send_verb("drizzle", "record_drizzle", _("Record a drizzle."), text_option(_("Remarks.")))
"""


@pytest.fixture
def new_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that counts as part of `cli/commands`, with a new noun and a new verb of a noun."""
    (tmp_path / "rainfall.py").write_text(RAINFALL, encoding="utf-8")
    (tmp_path / "plan_drizzle.py").write_text(DRIZZLE, encoding="utf-8")
    monkeypatch.setattr(cli.commands, "__path__", [*cli.commands.__path__, str(tmp_path)])
    return tmp_path


@pytest.mark.usefixtures("new_files")
def test_a_verb_in_a_file_of_its_own_is_found_and_sent(rumbo: Rumbo, gateway: ScriptedGateway) -> None:
    assert "rainfall    Record how much it rained." in rumbo("--help").out
    assert "drizzle   Record a drizzle." in rumbo("plan", "--help").out
    assert "--on-behalf-of BODY" in rumbo("rainfall", "record", "--help").out
    rumbo("rainfall", "record", "water", "12", "--as-at", "2027-02-09", "--id", "r-1")
    rumbo("plan", "drizzle", "water", "--text", "Hardly any", "--id", "d-1")
    assert [asked.json for asked in gateway.asked] == [
        {"command": "record_rainfall", "id": "r-1", "millimetres": "12", "as_at": "2027-02-09"},
        {"command": "record_drizzle", "id": "d-1", "text": "Hardly any"},
    ]
