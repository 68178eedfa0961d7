"""Tables: every number and date either reads as what it means or is refused, and a bad row is named with its column."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import language
from cli.sheet.columns import BY_NAME, COLUMNS, HEADINGS, ROW_KINDS
from cli.sheet.reading import Sheet, read
from cli.sheet.table import UnreadableTable
from cli.sheet.values import UnreadableCell, count, day, number
from cli.sheet.writing import table
from domain import PLAN
from domain.views.pending import pending_view
from domain.views.plan import plan_view
from tests.unit.cli.conftest import Rumbo, ScriptedGateway
from tests.unit.domain import story

WARD = story.given()
VIEW = plan_view(WARD.plan, WARD.now)


def sheet(text: str | bytes) -> Sheet:
    return read(text if isinstance(text, bytes) else text.encode(), VIEW)


def one(text: str | bytes) -> dict[str, Any]:
    found = sheet(text)
    assert found.faults == []
    [(_row, command)] = found.commands
    return command


def faults(text: str | bytes) -> list[tuple[int | None, str | None]]:
    try:
        return [(fault.row, fault.column) for fault in sheet(text).faults]
    except UnreadableTable as error:
        return [(fault.row, fault.column) for fault in error.faults]


# --- numbers and dates ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("12", "12"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        (" -3,25 ", "-3.25"),
        ("\u22123", "-3"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("1,2340", "1.2340"),
        ("1 234", "1234"),
        ("1\u00a0234,5", "1234.5"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1,234.567", "1234.567"),
        ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
    ],
)
def test_a_number_is_read_in_every_usual_notation(cell: str, meant: str) -> None:
    assert number(cell) == meant


@pytest.mark.parametrize(
    "cell",
    [
        *("1,234", "1.234", "-999.999", "1,23,456", "1.234,567,8", "1,234,567,8", "12,", ",5", "1 23", "12 %", "$5"),
        *("1e3", "", "NaN", "٣", "12,5,1", "--1", "1.234.56"),
    ],
)
def test_an_ambiguous_or_invalid_number_is_refused(cell: str) -> None:
    with pytest.raises(UnreadableCell):
        number(cell)


def _written(value: Decimal, comma: bool, group: str) -> str:
    """A number as somebody writes it who parts thousands so."""
    text = f"{value:,f}".replace(",", "G").replace(".", "," if comma else ".")
    return text.replace("G", group)


@settings(deadline=None)
@given(
    value=st.decimals(-(10**9), 10**9, allow_nan=False, places=2) | st.decimals(-99999, 99999, places=3),
    comma=st.booleans(),
    group=st.sampled_from(["", " ", "\u00a0", "other"]),
)
@example(value=Decimal("1234"), comma=False, group="other")
def test_a_number_in_any_usual_notation_keeps_its_value(value: Decimal, comma: bool, group: str) -> None:
    cell = _written(value, comma, ("." if comma else ",") if group == "other" else group)
    try:
        read_as = Decimal(number(cell))
    except UnreadableCell:
        # Only what somebody else writes for another number may be refused.
        digits = cell.lstrip("-").split("," if "," in cell else ".")
        assert len(digits) == 2
        assert len(digits[1]) == 3
    else:
        assert read_as == value


@settings(deadline=None)
@given(st.text(alphabet="0123456789,. -\u00a0", max_size=14))
def test_a_number_has_exactly_the_digits_of_its_text(cell: str) -> None:
    try:
        read_as = number(cell)
    except UnreadableCell:
        return
    digits = ["".join(filter(str.isdigit, text)).lstrip("0") for text in (read_as, cell)]
    assert digits[0] == digits[1]


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]))
def test_a_date_is_read_with_the_day_first(value: date, form: str) -> None:
    assert day(value.strftime(form)) == value.isoformat()


def test_the_third_of_april_is_not_the_fourth_of_march() -> None:
    assert day("03/04/2027") == day("3/4/2027") == "2027-04-03"


@pytest.mark.parametrize("cell", ["30/06/27", "06/30/2027", "31/02/2027", "2027-02-30", "46203", "30/06-2027", "", "x"])
def test_an_ambiguous_date_is_refused(cell: str) -> None:
    with pytest.raises(UnreadableCell):
        day(cell)


@pytest.mark.parametrize("cell", ["7,5", "-1", "many", "1,234"])
def test_a_count_is_a_whole_number(cell: str) -> None:
    with pytest.raises(UnreadableCell):
        count(cell)


# --- tables ---------------------------------------------------------------------------------------------------------

SPANISH = (
    "Tipo;Hito;Indicador;Estado;Al día;Van;De;Valor;Aprendizaje;Hecho esperado;Texto;Organismo;Fuente;Documento\r\n"
    "informe;1.1;;En curso;30/06/2027;7;30;;;;Ya hay señal;nurses;Oficio 12;\r\n"
    "Medición;;rate;;30/06/2027;;;12,5;;;;auditors;Acta 3;\r\n"
    "hecho;;;;;;;;;guide;Se publicó;auditors;DOF;\r\n"
    'aprendizaje;;;;;;;;L1;;"Preguntar antes; y\npor escrito";nurses;Acta 3;\r\n'
    "evidencia;1.1;;;;;;;;;;nurses;;Foto 7\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
def test_a_table_in_spanish_is_read_in_every_encoding_and_separator(encoding: str) -> None:
    found = sheet(SPANISH.encode(encoding))
    assert found.faults == []
    assert [row for row, _command in found.commands] == [2, 3, 4, 5, 6]
    said = [command for _row, command in found.commands]
    assert [PLAN.parse(command).command for command in said] == [kind.command for kind in ROW_KINDS.values()]
    assert said[0] | {"id": "x"} == {
        "command": "report_progress",
        "id": "x",
        "milestone": "1.1",
        "status": "under_way",
        "as_at": "2027-06-30",
        "count": 7,
        "of": 30,
        "text": "Ya hay señal",
        "on_behalf_of": "nurses",
        "source": {"document": "Oficio 12"},
    }
    assert (said[1]["value"], said[2]["awaited"]) == ("12.5", "guide")
    assert said[3]["lesson"]["text"] == "Preguntar antes; y\npor escrito"
    assert said[4]["evidence"] == {"document": "Foto 7"}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("tongue", language.LANGUAGES)
def test_every_heading_is_known_in_both_languages_and_with_every_separator(separator: str, tongue: str) -> None:
    heads = separator.join(column.heading(tongue).upper() for column in COLUMNS)
    assert faults(heads + "\n") == []
    assert len(HEADINGS) >= len(COLUMNS)


def test_a_status_is_known_by_its_word_and_by_its_label_in_any_language() -> None:
    for said in ("under_way", "Under Way", "EN CURSO"):
        assert one(f"milestone,status\n1.1,{said}\n")["status"] == "under_way"


def test_nothing_to_report_needs_its_reason() -> None:
    assert faults("hito,estado\n1.1,Nada que informar\n") == [(2, BY_NAME["challenge"].heading("en"))]
    said = one("hito,estado,obstáculo\n1.1,sin novedad,Elecciones\n")
    assert (said["nothing_to_report"], said["challenge"], "status" in said) == (True, "Elecciones", False)


def test_the_same_row_has_the_same_id_in_its_round_and_another_in_the_next() -> None:
    text = "milestone,status,as at\n1.1,under_way,{}\n"
    assert one(text.format("30/06/2027"))["id"] == one(text.format("2027-06-30"))["id"]
    assert one(text.format("30/06/2027"))["id"] != one(text.format("29/06/2027"))["id"]
    ids = {one(f"round,milestone,status\nc{cycle},1.1,under_way\n")["id"] for cycle in (1, 2)}
    assert len(ids) == 2
    assert one("milestone,status\n1.1,under_way\n")["id"] in ids  # where none is named it is the present one


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("hito,estado\n9.9,done\n", (2, "hito")),
        ("milestone,status\n1.1,nearly\n", (2, "status")),
        ("milestone,status\n1.1,\n\n2.1,done,\n", (4, None)),
        ("milestone,status,value\n1.1,done,3\n", (2, "value")),
        ("milestone,commitment,status\n1.1,1,done\n", (2, "commitment")),
        ("kind,milestone,status\nrumour,1.1,done\n", (2, "kind")),
        ('kind,indicator,value\nmeasurement,rate,"1,234"\n', (2, "value")),
        ("kind,indicator,value\nmeasurement,rate,1,5\n", (2, None)),
        ("kind,awaited event\noccurrence,storm\n", (2, "awaited event")),
        ("kind,lesson,text\nlesson,,Ask\n", (2, "lesson")),
        ("kind,milestone,text\nevidence,1.1,Seen\n", (2, "document")),
        ("milestone,status,body\n1.1,done,mayor\n", (2, "body")),
        ("milestone,status,source date\n1.1,done,2027-01-01\n", (2, "source")),
        ("milestone,status,visibility\n1.1,done,secret\n", (2, "visibility")),
        ("milestone,status,as at\n1.1,done,30/06/27\n", (2, "as at")),
        ("milestone,deliverable,status\n1.1,Weekly counts,done\n", (2, "milestone")),
        ('milestone,status,text\n1.1,done,"open\n2.1,done,x\n', (2, None)),
        ("milestone,estatus\n1.1,done\n", (1, "estatus")),
        ("milestone,status,colour\n1.1,done,red\n", (1, "colour")),
        ("milestone,hito,status\n1.1,1.1,done\n", (1, "milestone")),
        ("round,milestone,status\n03/01/2027,1.1,done\n", (2, "round")),
        ("just some words\n", (1, None)),
        ("", (None, None)),
        ("milestone,status\n1.1,done\n".encode("utf-16"), (None, None)),
        (b"milestone,status\n1.1,\x81\n", (None, None)),
    ],
)
def test_a_fault_is_named_with_its_row_and_column(text: str | bytes, where: tuple[int | None, str | None]) -> None:
    assert where in faults(text)


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                name: st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
                | st.sampled_from(["1.1", "done", "rate", "12,5"])
                for name in BY_NAME
            }
        ),
        max_size=5,
    )
)
def test_every_row_becomes_a_command_a_fault_or_an_untouched_row(cells: list[dict[str, str]]) -> None:
    """Every row that holds something is a command that the plan's own reading takes, a fault, or was left as it was."""
    written = io.StringIO()
    writer = csv.DictWriter(written, list(BY_NAME))
    writer.writeheader()
    writer.writerows(cells)
    found = sheet(written.getvalue().encode("utf-8", "replace"))
    numbers = {row for row, _command in found.commands} | {fault.row for fault in found.faults} | set(found.untouched)
    held = {
        number
        for number, row in enumerate(csv.reader(io.StringIO(written.getvalue(), newline="")), 1)
        if number > 1 and any(cell.strip() for cell in row)
    }
    assert numbers == held


def test_with_a_report_calendar_a_row_counts_once_in_each_period() -> None:
    reports = {"every": "month", "within": "10 working_days"}
    told = story.given(policy={"reports": reports, "decisions": {"quorum": "2"}}).wait_until("2027-02-05")
    view = pending_view(told.plan, told.now)
    assert view.reports_asked is not None
    assert view.reports_asked.period == 1
    heads, first, *_more = csv.reader(io.StringIO(table(view).decode("utf-8-sig"), newline=""))
    assert first[heads.index("round")] == "p1"
    text = "milestone,status\n1.1,under_way\n"
    [(_row, command)] = read(text.encode(), plan_view(told.plan, told.now)).commands
    assert command["id"].startswith("report-p1-")
    told.wait_until("2027-02-25")  # the window has closed, and the next period runs
    assert pending_view(told.plan, told.now).reports_asked is None
    [(_row, command)] = read(text.encode(), plan_view(told.plan, told.now)).commands
    assert command["id"].startswith("report-p2-")


@pytest.mark.parametrize(("guide", "tongue"), [("first-day.md", "en"), ("primer-dia.md", "es")])
def test_the_guide_has_every_column_and_kind(guide: str, tongue: str) -> None:
    text = (Path(language.FOLDER).parent / "docs" / guide).read_text()
    with language.speaking(tongue):
        for column in COLUMNS:
            assert f"| `{column.heading(tongue)}` | {language._(column.description)} |" in text
    assert ", ".join(f"`{kind.name(tongue)}`" for kind in ROW_KINDS.values()) in text


# --- the command ----------------------------------------------------------------------------------------------------


def _recorded(asked: Any) -> tuple[int, Any]:
    lines = asked.body.splitlines()
    return 200, [
        {"command_id": json.loads(line)["id"], "outcome": "recorded", "line": n, "versions": [n + 2], "code": None}
        for n, line in enumerate(lines, 1)
    ]


@pytest.fixture
def ward(gateway: ScriptedGateway) -> ScriptedGateway:
    gateway.answer("GET", "/v1/plans/ward", 200, VIEW.as_json())
    gateway.answer("GET", "/v1/plans/ward/pending", 200, pending_view(WARD.plan, WARD.now).as_json())
    gateway.answers["POST", "/v1/plans/ward/commands"] = _recorded
    entry = {"version": 4, "hash": "ab" * 32, "recorded_at": "2027-03-01T12:00:00.000000Z"}
    gateway.answer("GET", "/v1/plans/ward/history", 200, {"entries": [entry], "next": None})
    return gateway


def test_the_table_to_fill_in_has_a_row_for_every_due_report_and_is_sent_when_it_comes_back(
    rumbo: Rumbo, ward: ScriptedGateway, tmp_path: Path
) -> None:
    file = tmp_path / "informes.csv"
    said = rumbo("plan", "pending", "ward", "--csv", "--output", str(file))
    assert (said.code, said.out) == (0, f"Written: {file}\n")
    heads, *rows = csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline=""))
    assert [row[heads.index("milestone")] for row in rows] == ["1.1", "2.1"]
    rows[1][heads.index("status")] = "done"
    with file.open("w", newline="") as opened:
        csv.writer(opened, delimiter=";").writerows([heads, *rows])
    said = rumbo("plan", "send", "ward", str(file))
    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "row 3: Recorded as entry 3.",
        f"ward · entry 4 · {'ab' * 16} · 2027-03-01 12:00 UTC",
    ]
    assert "Rows not filled in and not sent: 2." in said.err


def test_a_table_with_a_bad_row_is_not_sent_at_all(rumbo: Rumbo, ward: ScriptedGateway, tmp_path: Path) -> None:
    file = tmp_path / "reports.csv"
    file.write_text("hito,estado\n1.1,done\n2.1,casi\n")
    said = rumbo("plan", "send", "ward", str(file))
    assert (said.code, said.out) == (2, "")
    assert "row 3, column estado: casi is not a status of this plan. Write one of: not started, under way" in said.err
    assert "Nothing was sent" in said.err
    assert not [asked for asked in ward.asked if asked.method == "POST"]
    found = json.loads(rumbo("plan", "send", "ward", str(file), "-o", "json").out)
    assert [(fault["row"], fault["column"]) for fault in found["faults"]] == [(3, "estado")]


def test_a_formula_is_never_written_into_a_table() -> None:
    file = story.plan_file({"commitments.0.milestones.0.deliverable": "=HYPERLINK(1)"})
    told = story.given(**{key: value for key, value in file.items() if key == "commitments"})
    text = table(pending_view(told.plan, told.now)).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    filled = text.replace("'=HYPERLINK(1),due 31 March 2027,", "'=HYPERLINK(1),due 31 March 2027,done")
    found = read(filled.encode(), plan_view(told.plan, told.now))
    assert [command["milestone"] for _row, command in found.commands] == ["1.1"]
    assert found.faults == []
