"""A stack in a separate process, as `rumbo up` runs it, with small stand-ins for our programs.

``python up.py FOLDER PORT MIGRATE``: prints a JSON object per line for each event, when it is up, and for a fault.
"""

import asyncio
import json
import sys
from pathlib import Path

from embedded.messages import StackEvent, StackFault
from embedded.stack import Commands, Stack

WORKER = """
import sys, time
sys.stdin.read()
print("[info] ready", flush=True)
time.sleep(3600)
"""

GATEWAY = """
import http.server, os
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(os.environ["RUMBO_GATEWAY_PORT"])), Healthy).serve_forever()
"""


def report(code: str, **params: object) -> None:
    sys.stdout.write(json.dumps({"code": code, **params}, default=str) + "\n")
    sys.stdout.flush()


def main() -> None:
    folder, port, migrate = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    stand_ins = Commands(
        migrate=(sys.executable, "-c", migrate),
        worker=(sys.executable, "-c", WORKER),
        gateway=(sys.executable, "-c", GATEWAY),
    )

    def on_event(event: StackEvent) -> None:
        report(event.code, sentence=event.sentence(), **event.params)
        if event.code == "back":
            pids()

    def pids() -> None:
        report("pids", **{name: service.pid for name, service in stack.services.items()})

    def ready(running: Stack) -> None:
        pids()
        report("up", url=running.url, temporal=running.temporal_address, ui=running.ui_url)

    stack = Stack(Path(folder), port or None, on_event, stand_ins)
    try:
        asyncio.run(stack.run_forever(ready))
    except StackFault as fault:
        report("fault", fault=fault.code, sentence=str(fault))
        sys.exit(1)


main()
