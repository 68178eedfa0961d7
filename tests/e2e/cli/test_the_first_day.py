"""A first day in Spanish, with the command line alone: a plan written, checked, started, asked about, reported on."""

import csv
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.children import child_command
from tests.e2e.cli.test_the_main_job import LONGEST, ROOT, Place

ANSWERS = """Un tercio de las casas tiene agua uno de cada cinco días
Las familias de las colonias altas
Nadie busca las fugas
Agua seis de cada siete días
Dirección de obras; Observatorio ciudadano
Las fugas se encuentran y se reparan
Un mapa de las fugas
30/06/2099
"""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An empty stack, and a person whose language is Spanish."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUMBO_", "LC_", "LANG"))}
    place = Place(home / "data", kept | {"XDG_CONFIG_HOME": str(home / "config"), "LANG": "es_MX.UTF-8"})
    process = subprocess.Popen(
        child_command(sys.executable, "-m", "cli", "up", "--data", str(place.data)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=place.environment,
        cwd=ROOT,
    )
    try:
        assert process.stdout
        assert process.stdout.readline().startswith("ready http://127.0.0.1:")
        yield place
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONGEST)


def test_a_first_day_goes_from_a_blank_page_to_a_recorded_table(up: Place, tmp_path: Path) -> None:
    def does(*arguments: str, code: int = 0) -> str:
        done = up.rumbo(*arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return " ".join((done.stdout + done.stderr).split())

    plan, answers, letters, table = (
        tmp_path / name for name in ("agua.yaml", "respuestas.txt", "oficios", "informes.csv")
    )
    answers.write_text(ANSWERS)
    assert f"Escrito: {plan}" in does("plan", "new", str(plan), "--answers", str(answers))
    assert "Sin fallas" in does("plan", "check", str(plan))

    # The usual slips are named with their lines, and what was meant.
    slipped = tmp_path / "con-fallas.yaml"
    slipped.write_text(
        plan.read_text().replace("due: 2099-06-30", "fecha: 30/06/2099").replace("Observatorio c", "juan@x.mx c")
    )
    told = does("plan", "check", str(slipped), code=2)
    assert "→ due?" in told
    slipped.write_text(plan.read_text().replace("Observatorio c", "juan@x.mx c"))
    assert "juan@x.mx parece un correo electrónico" in does("plan", "check", str(slipped))

    assert "agua · asiento 2 ·" in does("plan", "start", str(plan))
    does("plan", "pending", "agua", "--output", str(letters))
    page = (letters / "direccion-de-obras.txt").read_text()
    assert "Para: Dirección de obras" in page
    assert "Un mapa de las fugas · vence el 30 de junio de 2099" in page
    assert not (letters / "observatorio-ciudadano.txt").exists()

    # A table is filled in with a spreadsheet that writes semicolons and Windows-1252, and sent back.
    does("plan", "pending", "agua", "--csv", "--output", str(table))
    heads, row = csv.reader(io.StringIO(table.read_text("utf-8-sig"), newline=""))
    filled = dict(zip(heads, row, strict=True)) | {
        "estado": "En curso",
        "al día": (datetime.now(UTC) - timedelta(days=2)).strftime("%d/%m/%Y"),
        "van": "7",
        "de": "40",
        "texto": "Ya hay señal",
        "fuente": "Oficio 12",
    }
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows([filled.keys(), filled.values()])
    bad = tmp_path / "con-fallas.csv"
    bad.write_bytes(written.getvalue().replace("7;40", "1,234;40").encode("windows-1252"))
    assert "renglón 2, columna van: 1,234 puede ser 1234 o 1.234." in does("plan", "send", "agua", str(bad), code=2)
    table.write_bytes(written.getvalue().encode("windows-1252"))
    told = does("plan", "send", "agua", str(table))
    assert "renglón 2: Registrado como asiento 3." in told
    assert "agua · asiento 3 ·" in told
    assert "Esto ya se había registrado, como asiento 3" in does("plan", "send", "agua", str(table))
    shown = does("plan", "show", "agua")
    assert "en curso · 7 de 40" in shown
    assert "agua · asiento 3 ·" in shown
    assert "Por ahora no tienen nada que hacer: Dirección de obras" in does("plan", "pending", "agua")


def test_a_reviewer_without_an_account_fills_in_a_form(up: Place, tmp_path: Path) -> None:
    form = tmp_path / "formato.yaml"
    assert up.rumbo("correction", "draft", "agua", "--output", str(form)).returncode == 0
    said = {"proposed_by": "observatorio-ciudadano", "trigger": "roadblock", "rationale": '"Las bombas llegan tarde"'}
    lesson = up.rumbo(
        *("lesson", "record", "agua", "L1", "--text", "Pedir antes", "--on-behalf-of", "observatorio-ciudadano"),
        *("--source", "Acta 2"),
    )
    assert lesson.returncode == 0, lesson.stderr
    lines = []
    for line in form.read_text().splitlines():
        key = line.partition(":")[0].strip()
        lines.append(f"  {key}: {(said | {'rests_on': 'L1'})[key]}" if "# ←" in line else line)
    form.write_text("\n".join(lines).replace("'2099-06-30'", "2099-08-31"))
    done = up.rumbo("correction", "propose", "agua", str(form), "--id", "cr-1", "--source", "Correo del 3 de mayo")
    assert done.returncode == 0, done.stderr
    shown = " ".join(up.rumbo("correction", "show", "agua", "cr-1").stdout.split())
    assert "2099-06-30 → 2099-08-31" in shown
    assert "Las bombas llegan tarde" in shown


def test_closing_the_output_pipe_ends_the_command_quietly(up: Place) -> None:
    """`rumbo … | head`, with a reader that takes nothing at all."""
    read, write = os.pipe()
    os.close(read)
    try:
        for arguments in (("history", "show", "agua"), ("help", "words"), ("plan", "send", "--help")):
            done = subprocess.run(
                [sys.executable, "-m", "cli", *arguments],
                stdout=write,
                stderr=subprocess.PIPE,
                text=True,
                timeout=LONGEST,
                env=up.environment,
                cwd=ROOT,
                check=False,
            )
            assert done.stderr.replace("Siguiente: rumbo history replay agua\n", "") == "", arguments
    finally:
        os.close(write)
