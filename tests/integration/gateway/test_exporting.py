"""Exports: the public part unless more is asked for, and only for roles that may see it."""

import pytest

from audit.exports import FORMATS
from gateway.api.exports import BUNDLE
from tests.integration.gateway.running import Running, report

HIDDEN = {"public": "Seen-by-all", "partners": "Seen-by-partners", "restricted": "Seen-by-few"}
"""A text of each visibility."""
POWER = "It-decides-on-the-water"

ROLES = {
    "partner": ("public", "partners"),
    "reviewer": ("public", "partners"),
    "operator": ("public", "partners", "restricted"),
    "auditor": ("public", "partners", "restricted"),
    "admin": ("public", "partners", "restricted"),
}


async def told(gateway: Running) -> None:
    """Start a plan with entries of every visibility."""
    await gateway.start()
    works = await gateway.client("partner", bodies=("works",))
    for visibility, word in HIDDEN.items():
        lesson = {"id": f"l-{word}", "text": word}
        said = {"command": "record_lesson", "id": f"c-{word}", "lesson": lesson, "visibility": visibility}
        for one in (said, report(f"r-{word}", text=word, visibility=visibility)):
            answer = await works.post(gateway.commands, json=one)
            assert answer.json()["outcome"] == "recorded", answer.text
    seen = {"command": "observe_power", "id": "p1", "stakeholder": "quarry", "authority": "high", "text": POWER}
    assert (await works.post(gateway.commands, json=seen)).json()["outcome"] == "recorded"


async def test_every_format_contains_only_what_the_role_may_see(gateway: Running) -> None:
    await told(gateway)
    where = f"/v1/plans/{gateway.plan}/export"
    for role, reaches in ROLES.items():
        client = await gateway.client(role, bodies=("works",))
        for write_as in (*FORMATS, BUNDLE):
            usual = await client.get(where, params={"format": write_as})
            assert usual.status_code == 200, usual.text
            assert f'filename="{gateway.plan}.' in usual.headers["content-disposition"]
            if written := FORMATS.get(write_as):
                assert usual.headers["content-type"] == written.media_type
                assert written.suffix in usual.headers["content-disposition"]
            for reach in HIDDEN:
                answer = await client.get(where, params={"format": write_as, "reach": reach})
                if reach not in reaches:
                    assert (answer.status_code, answer.json()["code"]) == (403, "beyond_reach")
                    continue
                assert answer.status_code == 200, answer.text
                within = list(HIDDEN)[: list(HIDDEN).index(reach) + 1]
                ids = [visibility for visibility, word in HIDDEN.items() if f"l-{word}" in answer.text]
                assert ids == within, (role, write_as, reach)
                assert POWER not in answer.text, "what is sealed stays sealed"
            assert [visibility for visibility, word in HIDDEN.items() if word in usual.text] == ["public"]


async def test_no_answer_gives_a_partner_restricted_data(gateway: Running) -> None:
    await told(gateway)
    partner = await gateway.client("partner", bodies=("works",))
    base = f"/v1/plans/{gateway.plan}"
    paths = ["", "/history", "/history/diff?from=1&to=9", "/corrections", "/lessons", "/export?format=csv"]
    for path in paths:
        answer = await partner.get(base + path)
        assert answer.status_code == 200, answer.text
        assert HIDDEN["restricted"] not in answer.text, path
        assert POWER not in answer.text, path


@pytest.mark.parametrize(("language", "sealed"), [("en", "Sealed"), ("es", "Sellado")])
async def test_a_report_is_in_the_readers_language_and_shows_the_checkpoint(
    gateway: Running, language: str, sealed: str
) -> None:
    await gateway.start()
    auditor = await gateway.client("auditor", language=language)
    where = f"/v1/plans/{gateway.plan}/export"
    bundle = await auditor.get(where, params={"format": BUNDLE})  # answered once all entries are sealed
    assert bundle.status_code == 200, bundle.text
    report = (await auditor.get(where, params={"format": "html"})).text
    assert f'<html lang="{language}">' in report
    assert f'<span class="verdict yes">{sealed}</span>' in report
    assert f"— {gateway.settings.origin} " in report, "the checkpoint's signature"


@pytest.mark.parametrize(("query", "code"), [({"format": "xes"}, "unknown_format"), ({}, "malformed")])
async def test_an_unknown_format_is_refused_with_the_list_of_formats(
    alone: Running, query: dict[str, str], code: str
) -> None:
    answer = await alone.admin.get(f"/v1/plans/{alone.plan}/export", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    if query:
        assert "ocel" in answer.json()["message"]


async def test_an_unknown_plan_cannot_be_exported(alone: Running) -> None:
    answer = await alone.admin.get("/v1/plans/none/export", params={"format": "csv"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_plan")
