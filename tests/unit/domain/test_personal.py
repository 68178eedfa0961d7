"""Personal data in a plan file gives a warning; dates, counts and document numbers give none."""

import pytest

from domain.plan_file.personal_data import personal_data_warnings


@pytest.mark.parametrize(
    ("text", "code", "given"),
    [
        ("Escriba a juan.perez@xalapa.gob.mx.", "looks_like_email", "juan.perez@xalapa.gob.mx"),
        ("Tel. 228 812 3456", "looks_like_phone", "228 812 3456"),
        ("+52 (228) 812-34-56, por la mañana", "looks_like_phone", "+52 (228) 812-34-56"),
        ("2288123456", "looks_like_phone", "2288123456"),
        ("CURP PEGJ800101HVZRRN09", "looks_like_curp", "PEGJ800101HVZRRN09"),
    ],
)
def test_text_that_looks_like_personal_data_gives_a_warning(text: str, code: str, given: str) -> None:
    [found] = personal_data_warnings({"partners": [{"name": {"es": text}}]})
    assert (found.code, found.path, found.params["given"]) == (code, ("partners", 0, "name", "es"), given)


@pytest.mark.parametrize(
    "text",
    [
        "2027-03-22/2027-04-02",
        "2027-01-01 2027-02-02 2027-03-03",
        "DOF 12/03/2027, núm. 4567",
        "1.234.567.890 pesos",
        "12 de 40 obras en 2027",
        "https://example.org/2027/1234567890/acta",
        "Oficio OFS/AGE/1234567890/2027",
        "@observatorio",
    ],
)
def test_dates_counts_and_document_numbers_give_no_warning(text: str) -> None:
    assert list(personal_data_warnings([text])) == []
