"""Every command explains itself, in both languages, and the overview comes at once."""

import json
import os
import resource
import subprocess
import sys

import click
import pytest

from cli.invocation import Invocation
from cli.root import rumbo
from telling.wording import TERMS

ALL_HELP = """
import json, sys
import language
language.use(sys.argv[1])
import click
from cli.root import rumbo
from cli.session import Session

found = {}
def walk(command, path, parent):
    with click.Context(command, info_name=path[-1], parent=parent, obj=Session()) as ctx:
        found[" ".join(path)] = command.get_help(ctx)
        command.make_parser(ctx)  # it warns where an option is there twice
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
        for word in ("Options:", "Commands:", "Show this message", "Every command", "unless said"):
            assert word not in spanish[path], path


def test_no_example_runs_into_the_next() -> None:
    for language in ("en", "es"):
        for path, text in _help_in(language).items():
            for paragraph in text.split("\n\n"):
                words = " ".join(paragraph.split())
                assert not words.startswith("rumbo ") or words.count(f"{path} ") <= 1, path


def processor_time_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(("language", "said"), [("es_MX.UTF-8", "Planes de acción"), ("C.UTF-8", "Action plans")])
def test_the_overview_comes_at_once(language: str, said: str) -> None:
    """A generous bound on its processor time, which other programs lengthen a little; it is some 0.06 s."""
    environment = {name: value for name, value in os.environ.items() if name not in ("LANGUAGE", "LC_ALL")}
    times = []
    for _try in range(3):
        began = processor_time_of_children()
        done = subprocess.run(
            [sys.executable, "-m", "cli", "--help"],
            capture_output=True,
            text=True,
            check=True,
            env=environment | {"LANG": language},
        )
        times.append(processor_time_of_children() - began)
        assert said in done.stdout
    assert min(times) < 0.5


def test_the_overview_imports_nothing_that_is_slow() -> None:
    code = (
        "import sys; from cli.main import run; run(['--help'])\n"
        "slow = {'httpx2', 'rich', 'asyncio', 'pydantic', 'platformdirs', 'embedded', 'domain', 'babel'}\n"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_every_command_that_the_words_name_is_there() -> None:
    named = [word.command for word in TERMS if word.command]
    assert len(named) > 8
    for command in named:
        noun, verb = command.split()[1:]
        found = rumbo.get_command(click.Context(rumbo, obj=Invocation()), noun)
        assert isinstance(found, click.Group)
        assert verb in found.commands, command
