"""Propose a new deadline through the API, with the standard library alone. Sent twice, it is proposed once.

export RUMBO_URL=http://127.0.0.1:8700 RUMBO_TOKEN=rumbo_…
python send_a_correction.py PLAN BODY MILESTONE FROM TO GROUND WHY [SOURCE]

GROUND is the id of a report, a lesson or an observation on which the proposal is based. The token must belong to BODY;
an operator's token may propose for every body, and then SOURCE is the document that shows it. Exits with 1 if refused.
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
    sys.exit(f"Set {' and '.join(missing)} first; `rumbo up` shows the file that has both.")
plan, body, milestone, before, after, ground, why, *source = sys.argv[1:]
correction = {
    "command": "propose_correction",
    "id": f"move-{milestone}-to-{after}",
    "on_behalf_of": body,
    "trigger": "new_information",
    "rests_on": [ground],
    "rationale": why,
    "changes": [{"item": milestone, "field": "due", "from": before, "to": after}],
} | ({"source": {"document": source[0]}} if source else {})
url = f"{os.environ['RUMBO_URL']}/v1/plans/{plan}/commands"
headers = {"Authorization": f"Bearer {os.environ['RUMBO_TOKEN']}", "Content-Type": "application/json"}
try:
    with urlopen(Request(url, json.dumps(correction).encode(), headers), timeout=70) as answer:
        outcome = json.load(answer)
except HTTPError as refusal:  # a refusal is an outcome too, with its reason
    outcome = json.load(refusal)
except URLError as failure:
    sys.exit(f"No answer from {url}: {failure.reason}. Is `rumbo up` running there?")
print(json.dumps(outcome, ensure_ascii=False, indent=2))
accepted = outcome.get("outcome") in ("recorded", "duplicate", "accepted") and not outcome.get("code")
sys.exit(0 if accepted else 1)
