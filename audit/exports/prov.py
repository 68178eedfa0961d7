"""The history as provenance: PROV-JSON (W3C Member Submission, 2013), after PROV-DM (W3C Recommendation, 2013).

activity   every entry
entity     every version of the plan, lesson, course correction, and whatever one of them rests on
agent      the bodies; the roles in which somebody acted for them; the calendar
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from audit.exports.content import ExportContent, contested_by, text_of
from domain.links import thread_of

Relations = dict[str, dict[str, dict[str, Any]]]
"""Kind of record → id → attributes."""


def write(content: ExportContent) -> Iterator[bytes]:
    """The whole document."""
    records: Relations = defaultdict(dict)
    partners = [*content.now.defined.partners, *(former.partner for former in content.now.former.values())]
    bodies = {partner.id: text_of(partner.name) for partner in partners}
    before: str | None = None
    threads: dict[str, str] = {}
    for step in content.steps():
        view = content.view(step.entry, step.hash)
        activity = f"e:{view['version']}"
        records["activity"][activity] = _activity(view)
        _agents(records, activity, view, bodies)
        if "withheld" in view["data"]:
            continue
        thread = thread_of(step.entry)
        if thread is not None:
            _thread(records, activity, view, f"t:{thread}", threads)
        if step.after.revision != step.before.revision:
            now = f"v:{step.after.revision}"
            records["entity"][now] = {"prov:type": _name("rumbo:plan_version"), "prov:label": now.removeprefix("v:")}
            _relate(records, "wasGeneratedBy", {"prov:entity": now, "prov:activity": activity})
            if before is not None:
                derived = {"prov:generatedEntity": now, "prov:usedEntity": before, "prov:activity": activity}
                _relate(records, "wasDerivedFrom", derived | {"prov:type": _name("prov:Revision")})
                derived = {"prov:generatedEntity": now, "prov:usedEntity": f"t:{thread}"}
                _relate(records, "wasDerivedFrom", derived)
            before = now
    base = f"urn:rumbo:{quote(told.name, safe='/:.-_~')}"
    prefix = {
        "rumbo": "urn:rumbo:",
        "e": f"{base}/entry/",
        "t": f"{base}/named/",
        "v": f"{base}/version/",
        "b": f"{base}/body/",
        "r": "urn:rumbo:role/",
    }
    yield json.dumps({"prefix": prefix, **records}, ensure_ascii=False).encode()


def _activity(view: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "prov:startTime": view["effective_at"],
        "prov:endTime": view["effective_at"],
        "prov:type": _name(f"rumbo:{view['kind']}"),
        "rumbo:recorded_at": view["recorded_at"],
        "rumbo:entered_afterwards": view["entered_afterwards"],
        "rumbo:contested_by": contested_by(view),
        "rumbo:visibility": view["visibility"],
        "rumbo:hash": view["hash"],
    }


def _agents(records: Relations, activity: str, view: Mapping[str, Any], bodies: Mapping[str, str]) -> None:
    """Who did it: the body, or somebody in a role for it."""
    body, role = view["on_behalf_of"], f"r:{view['role']}"
    kind = "prov:SoftwareAgent" if view["role"] == "clock" else "prov:Agent"
    records["agent"][role] = {"prov:type": _name(kind), "prov:label": view["role"]}
    _relate(records, "wasAssociatedWith", {"prov:activity": activity, "prov:agent": role})
    if body is not None:
        records["agent"][f"b:{body}"] = {
            "prov:type": _name("prov:Organization"),
            "prov:label": bodies.get(body, body),
        }
        _relate(records, "wasAssociatedWith", {"prov:activity": activity, "prov:agent": f"b:{body}"})
        delegated = {"prov:delegate": role, "prov:responsible": f"b:{body}", "prov:activity": activity}
        _relate(records, "actedOnBehalfOf", delegated)


def _thread(
    records: Relations, activity: str, view: Mapping[str, Any], thread: str, threads: dict[str, str]
) -> None:  # fmt: skip
    """What an entry belongs to: made by the first of its entries, used by the others, resting on its grounds."""
    if thread in threads:
        _relate(records, "used", {"prov:activity": activity, "prov:entity": thread})
        _relate(records, "wasInformedBy", {"prov:informed": activity, "prov:informant": threads[thread]})
    else:
        label = {"prov:type": _name(f"rumbo:{view['kind']}"), "prov:label": thread.removeprefix("t:")}
        records["entity"][thread] = label
        _relate(records, "wasGeneratedBy", {"prov:entity": thread, "prov:activity": activity})
    threads[thread] = activity
    for ground in view["data"].get("rests_on", ()):
        if f"t:{ground}" in threads:
            _relate(records, "used", {"prov:activity": activity, "prov:entity": f"t:{ground}"})
            derived = {"prov:generatedEntity": thread, "prov:usedEntity": f"t:{ground}"}
            _relate(records, "wasDerivedFrom", derived)


def _relate(records: Relations, kind: str, said: dict[str, Any]) -> None:
    records[kind][f"_:{kind}{len(records[kind]) + 1}"] = said


def _name(name: str) -> dict[str, str]:
    """A qualified name as PROV-JSON writes it."""
    return {"$": name, "type": "prov:QUALIFIED_NAME"}
