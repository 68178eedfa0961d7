"""Wording of judging: assessments from outside, audit findings and their follow-up."""

from typing import Final

from language import N_, _
from telling.plan_words import PlanWords
from telling.registry import Data, Term, commands, event, refusals, terms
from telling.values import also, date_text, localized

FOLLOWED: Final = {
    "open": N_("still open"),
    "answered": N_("answered"),
    "under_review": N_("under review"),
    "partly_settled": N_("partly settled"),
    "settled": N_("settled"),
    "not_settled": N_("not settled"),
    "withdrawn": N_("withdrawn"),
}

commands(
    {
        "record_assessment": N_("an assessment"),
        "raise_finding": N_("an audit finding"),
        "follow_finding": N_("the follow-up of a finding"),
    }
)
refusals(
    {
        "assessment_source_needed": N_("the document of the assessment was missing"),
        "own_assessment": N_("a body cannot assess what it leads"),
        "not_an_audit_body": N_("that body may not raise findings in this plan"),
        "unknown_finding": N_("there is no such finding"),
        "not_the_auditor": N_("only the body that raised the finding may do that"),
        "auditor_left": N_("the body that raised the finding has left the plan"),
        "finding_settled": N_("the finding was settled or withdrawn"),
    }
)
terms(
    Term(
        70,
        N_("judge a plan from outside"),
        N_("assessment"),
        N_("a body other than the one that is judged, and a scale of its own"),
        N_("leaves the plan as it is, and stands beside what bodies report themselves"),
        "rumbo assessment record",
    ),
    Term(
        80,
        N_("demand an answer, as auditor"),
        N_("audit finding"),
        N_("an audit body, which also records how it was followed up"),
        N_("leaves the plan as it is"),
        "rumbo finding raise",
    ),
)


@event("assessment_recorded", N_("assessment"))
def _assessment(data: Data, words: PlanWords) -> str:
    by = _(" by {assessor}").format(assessor=localized(data["assessor"])) if data.get("assessor") else ""
    scale = f" ({localized(data['scale'])})" if data.get("scale") else ""
    return _("Assessment of {item}{by}: {verdict}{scale}.").format(
        item=data.get("item") or _("the whole plan"), by=by, verdict=localized(data["verdict"]), scale=scale
    ) + also(data.get("text"))


@event("finding_raised", N_("finding"))
def _raised(data: Data, words: PlanWords) -> str:
    finding = _("Finding {finding} on {item}: {text}").format(
        finding=data["finding"], item=data.get("item") or _("the whole plan"), text=localized(data["text"])
    )
    if not data.get("answer_by"):
        return finding
    return finding + " · " + _("answer requested by {day}").format(day=date_text(data["answer_by"]))


@event("finding_followed", N_("follow-up of a finding"))
def _followed(data: Data, words: PlanWords) -> str:
    status = _(FOLLOWED[data["status"]])
    return _("Finding {finding}: {status}.").format(finding=data["finding"], status=status) + also(data.get("text"))
