"""What a plan answers to a command: events, or a refusal. Pure; looks at nothing but the plan and what was asked."""

from datetime import datetime
from typing import assert_never

from domain import contesting, corrections, erasing, errata, judging, learning, loop, partners, reporting
from domain.commands import (
    AbstainCorrection,
    Asked,
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
from domain.entry import Draft
from domain.plan import Plan
from domain.refusals import Refused
from domain.speaking import hold_speaker, moment_of
from domain.starting import start


def decide(plan: Plan, asked: Asked) -> list[Draft]:
    """The events a command leads to; raises ``Refused`` (``Malformed``, for a plan file) and then changes nothing."""
    if isinstance(asked.command, StartPlan):
        return start(plan, asked, asked.command)
    if plan.status == "unknown":
        raise Refused("unknown_plan", plan=asked.plan)
    if isinstance(asked.command, Redact):
        return erasing.erase(plan, asked, asked.command)
    moment = moment_of(plan, asked)
    hold_speaker(plan, asked, moment)
    if plan.started_at is not None and moment < plan.started_at:
        raise Refused("before_its_subject", subject=plan.id, since=plan.started_at, given=moment)
    if asked.command.id in plan.named:
        raise Refused("id_taken", id=asked.command.id)
    drafts = _decide(plan, asked, moment)
    for draft in drafts:
        if draft.event.SHAPES_THE_PLAN and plan.shaped_at is not None and draft.effective_at < plan.shaped_at:
            raise Refused("before_last_change", last=plan.shaped_at)
    return drafts


def _decide(plan: Plan, asked: Asked, moment: datetime) -> list[Draft]:
    match asked.command:
        case StartPlan() as command:
            return start(plan, asked, command)
        case ReportProgress() as command:
            return reporting.report(plan, asked, command, moment)
        case AttachEvidence() as command:
            return reporting.attach(plan, asked, command, moment)
        case MeasureIndicator() as command:
            return reporting.measure(plan, asked, command, moment)
        case RecordOccurrence() as command:
            return reporting.declare(plan, asked, command, moment)
        case SubmitReflection() as command:
            return learning.reflect(plan, asked, command, moment)
        case RecordLesson() as command:
            return learning.learn(plan, asked, command, moment)
        case TestAssumption() as command:
            return learning.test(plan, asked, command, moment)
        case ObservePower() as command:
            return learning.observe_power(plan, asked, command, moment)
        case ContestEntry() as command:
            return contesting.contest(plan, asked, command, moment)
        case RecordErratum() as command:
            return errata.record(plan, asked, command, moment)
        case ConfirmErratum() as command:
            return errata.confirm(plan, asked, command, moment)
        case ContestErratum() as command:
            return errata.contest(plan, asked, command, moment)
        case ProposeCorrection() as command:
            return corrections.propose(plan, asked, command, moment)
        case RedraftCorrection() as command:
            return corrections.redraft(plan, asked, command, moment)
        case EndorseCorrection() as command:
            return corrections.take_position(plan, asked, command, "endorse", moment)
        case OpposeCorrection() as command:
            return corrections.take_position(plan, asked, command, "oppose", moment)
        case AbstainCorrection() as command:
            return corrections.take_position(plan, asked, command, "abstain", moment)
        case ReturnCorrection() as command:
            return corrections.give_back(plan, asked, command, moment)
        case WithdrawCorrection() as command:
            return corrections.withdraw(plan, asked, command, moment)
        case DecideCorrection() as command:
            return corrections.decide_on(plan, asked, command, moment)
        case ExplainCorrection() as command:
            return corrections.explain(plan, asked, command, moment)
        case Convene() as command:
            return loop.convene(plan, asked, command, moment)
        case ReopenPhase() as command:
            return loop.reopen(plan, asked, command, moment)
        case PausePlan() as command:
            return loop.pause(plan, asked, command, moment)
        case ResumePlan() as command:
            return loop.resume(plan, asked, command, moment)
        case ClosePlan() as command:
            return loop.close(plan, asked, command, moment)
        case RecordAssessment() as command:
            return judging.assess(plan, asked, command, moment)
        case RaiseFinding() as command:
            return judging.find(plan, asked, command, moment)
        case FollowFinding() as command:
            return judging.follow(plan, asked, command, moment)
        case JoinPartner() as command:
            return partners.join(plan, asked, command, moment)
        case LeavePartner() as command:
            return partners.leave(plan, asked, command, moment)
        case SucceedPartner() as command:
            return partners.succeed(plan, asked, command, moment)
        case Redact() as command:
            return erasing.erase(plan, asked, command)
        case _ as never:
            assert_never(never)
