"""The headings and labels of the report."""

from typing import Final

from language import N_

LABELS: Final = {
    "skip": N_("Skip to the report"),
    "contents": N_("Contents"),
    "now": N_("The plan as it stands"),
    "problem": N_("The problem"),
    "who_suffers": N_("Who suffers"),
    "causes": N_("Causes"),
    "solved_when": N_("Solved when"),
    "corrections": N_("Course corrections: what changed, and why"),
    "no_corrections": N_("No course correction has been proposed."),
    "change": N_("Change"),
    "before": N_("Before"),
    "after": N_("After"),
    "led": N_("What led to it"),
    "entries": N_("Entries"),
    "positions": N_("Positions"),
    "decision": N_("Decision"),
    "versions": N_("The plan at every version"),
    "as_it_ended": N_("Statuses are those at the end of the version. What was otherwise before is crossed out."),
    "version": N_("Version"),
    "milestone": N_("Milestone"),
    "deadline": N_("Deadline"),
    "lead": N_("Lead"),
    "status": N_("Status"),
    "dropped": N_("dropped"),
    "new": N_("new"),
    "learned": N_("What was learned"),
    "nothing": N_("Nothing that may be told here."),
    "therefore": N_("Therefore: "),
    "timeline": N_("Timeline"),
    "why": N_("Why: "),
    "effective": N_("took effect"),
    "proof": N_("Proof"),
    "sealed": N_("Sealed"),
    "not_sealed": N_("Not sealed"),
    "checkpoint": N_("The checkpoint, as it was signed"),
    "minutes": N_(
        "A line for the minutes: whoever has it written down can tell later whether anything before was changed."
    ),
    "hashes": N_("The hash of every entry"),
    "entry": N_("Entry"),
}
