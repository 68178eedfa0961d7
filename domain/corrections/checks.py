"""What every rule of course corrections requires: an open correction, the present draft, a body that may decide."""

from datetime import datetime

from domain.corrections.correction import Correction
from domain.kernel.refused import Refused
from domain.plan import Plan
from domain.speaking import require_single, require_subject


def author_of(plan: Plan, correction: Correction) -> str | None:
    """The body that proposed it, or its present successor."""
    return plan.current_holder(correction.body) if correction.body is not None else None


def require_open_correction(plan: Plan, name: str, moment: datetime) -> Correction:
    if plan.status == "closed":
        raise Refused("plan_closed")
    correction = plan.corrections.get(name)
    if correction is None:
        raise Refused("unknown_correction", correction=name)
    if not correction.is_open:
        raise Refused("not_open", correction=name, status=correction.status)
    require_subject(plan, name, correction.drafted_at, moment)
    return correction


def require_draft(correction: Correction, given: int) -> None:
    if given != correction.draft:
        raise Refused("other_draft", correction=correction.id, draft=correction.draft, given=given)


def require_may_decide(plan: Plan, body: str | None) -> None:
    require_single(plan, body)
    bodies = plan.defined.deciding_bodies()
    if body not in bodies:
        raise Refused("may_not_decide", body=body or "-", bodies=", ".join(bodies))
