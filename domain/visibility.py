"""Who may see what a command says: what it says itself, or else what it belongs to, or else what the policy says."""

from typing import assert_never, get_args

from domain.commands import (
    AbstainCorrection,
    AnyCommand,
    AttachEvidence,
    ClosePlan,
    ConfirmErratum,
    ContestEntry,
    ContestErratum,
    Convene,
    DecideCorrection,
    EndorseCorrection,
    ExplainCorrection,
    FollowFinding,
    JoinPartner,
    LeavePartner,
    MeasureIndicator,
    ObservePower,
    OpposeCorrection,
    PausePlan,
    ProposeCorrection,
    RaiseFinding,
    RecordAssessment,
    RecordErratum,
    RecordLesson,
    RecordOccurrence,
    Redact,
    RedraftCorrection,
    ReopenPhase,
    ReportProgress,
    ResumePlan,
    ReturnCorrection,
    StartPlan,
    SubmitReflection,
    SucceedPartner,
    TestAssumption,
    WithdrawCorrection,
)
from domain.definition import Defaults
from domain.entry import Visibility
from domain.plan import Plan


def visibility_of(plan: Plan, command: AnyCommand) -> Visibility:
    """The class of what a command leads to. Steering is public and observations of power are restricted, always.

    What is said of an entry is for those who may see the entry.
    """
    defaults = plan.definition.policy.visibility if plan.definition else Defaults()
    about: Visibility | None = None
    match command:
        case StartPlan() | Convene() | ReopenPhase() | PausePlan() | ResumePlan() | ClosePlan():
            return "public"
        case JoinPartner() | LeavePartner() | SucceedPartner() | Redact():
            return "public"
        case ObservePower():
            return "restricted"
        case ContestEntry() | RecordErratum():
            entry = plan.find_entry(command.entry)
            return entry.visibility if entry else "restricted"
        case ConfirmErratum() | ContestErratum():
            erratum = plan.errata.get(command.erratum)
            return erratum.visibility if erratum else "restricted"
        case ReportProgress() | MeasureIndicator() | RecordOccurrence() | RecordAssessment() | RaiseFinding():
            inherited = defaults.reports
        case FollowFinding():
            finding = plan.findings.get(command.finding)
            inherited = about = finding.visibility if finding else defaults.reports
        case AttachEvidence():
            inherited = defaults.evidence
        case SubmitReflection() | RecordLesson() | TestAssumption():
            inherited = defaults.reflections
        case ProposeCorrection():
            inherited = defaults.corrections
        case (
            RedraftCorrection()
            | EndorseCorrection()
            | OpposeCorrection()
            | AbstainCorrection()
            | ReturnCorrection()
            | WithdrawCorrection()
            | DecideCorrection()
            | ExplainCorrection()
        ):
            correction = plan.corrections.get(command.correction)
            inherited = correction.visibility if correction else defaults.corrections
            about = None if isinstance(command, RedraftCorrection) else inherited  # its draft is what it is about
        case _:
            assert_never(command)
    asked_for = command.visibility or inherited
    # What is said of a finding or a course correction names it, and so is never open to more than may know of that.
    return max(asked_for, about, key=get_args(Visibility).index) if about else asked_for
