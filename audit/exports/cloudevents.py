"""The entries as CloudEvents 1.0 in the JSON format, one on each line."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from audit.exports.content import ExportContent


def write(content: ExportContent) -> Iterator[bytes]:
    """One CloudEvent for each entry, in order.

    ``id`` is the entry number, unique within ``source``. ``time`` is the effective time; the extension ``recordedtime``
    is the time of recording, and the extension ``sequence`` is the entry number padded with zeros to sort as text.
    """
    for view in content.views():
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": str(view["version"]),
            "source": quote(content.name, safe="/.:-_~"),
            "type": f"rumbo.{view['kind']}",
            "subject": content.now.id,
            "time": view["effective_at"],
            "recordedtime": view["recorded_at"],
            "sequence": f"{view['version']:010}",
            "datacontenttype": "application/json",
            "data": view,
        }
        yield json.dumps(event, ensure_ascii=False).encode() + b"\n"
