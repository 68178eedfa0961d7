"""Propose to move a deadline, through the API and with the standard library alone. Sent twice it is done once.

export RUMBO_URL=http://127.0.0.1:8700 RUMBO_TOKEN=rumbo_…
python send_a_correction.py PLAN BODY MILESTONE FROM TO GROUND WHY [SOURCE]

GROUND is the id of what it rests on: a report, a lesson, an observation. The token must speak for BODY; an operator's
speaks for any, and then SOURCE is the document that says so. Exits with 1 where it was refused.
"""

import json
import os
import sys
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

if len(sys.argv) not in (8, 9):
    sys.exit(__doc__)
missing = [name for name in ("RUMBO_URL", "RUMBO_TOKEN") if not os.environ.get(name)]
if missing:
    sys.exit(f"Set {' and '.join(missing)} first; `rumbo up` says in which file both stand.")
plan, body, milestone, was, shall_be, ground, why, *source = sys.argv[1:]
correction = {
    "command": "propose_correction",
    "id": f"move-{milestone}-to-{shall_be}",
    "on_behalf_of": body,
    "trigger": "new_information",
    "rests_on": [ground],
    "rationale": why,
    "changes": [{"item": milestone, "field": "due", "from": was, "to": shall_be}],
} | ({"source": {"document": source[0]}} if source else {})
url = f"{os.environ['RUMBO_URL']}/v1/plans/{plan}/commands"
headers = {"Authorization": f"Bearer {os.environ['RUMBO_TOKEN']}", "Content-Type": "application/json"}
try:
    with urlopen(Request(url, json.dumps(correction).encode(), headers), timeout=70) as answer:
        outcome = json.load(answer)
except HTTPError as refusal:  # a refusal is an answer too: it says why
    outcome = json.load(refusal)
except URLError as failure:
    sys.exit(f"No answer from {url}: {failure.reason}. Is `rumbo up` running there?")
print(json.dumps(outcome, ensure_ascii=False, indent=2))
taken = outcome.get("outcome") in ("recorded", "duplicate", "accepted") and not outcome.get("code")
sys.exit(0 if taken else 1)
