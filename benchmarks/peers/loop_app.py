"""The DBOS application: it stores commands in its own table, and the plan's phase in the workflow."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dbos import DBOS
from psycopg_pool import ConnectionPool

from benchmarks.rounds import Message, Round, play

TOPIC = "commands"
QUEUE = "plans"


def url_of(dsn: str) -> str:
    """The address as DBOS wants it."""
    return dsn.replace("postgresql://", "postgresql+psycopg://", 1)


class FactsTable:
    """The application's own table."""

    pool: ConnectionPool


@DBOS.step()
def keep(plan: str, number: int, kind: str, message: dict[str, Any]) -> None:
    """Exactly once: a step that is repeated after a crash finds its row."""
    with FactsTable.pool.connection() as connection:
        connection.execute(
            "INSERT INTO facts (plan, number, kind, message) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (plan, number, kind, json.dumps(message)),
        )


@DBOS.step()
def kept(plan: str) -> int:
    with FactsTable.pool.connection() as connection:
        row = connection.execute("SELECT count(*) FROM facts WHERE plan = %s", (plan,)).fetchone()
    return int(row[0]) if row else 0


@DBOS.workflow(name="live")
def live(plan: str, definition: dict[str, Any]) -> int:
    """A plan's cycle: commands are handled in the order of arrival."""
    state: dict[str, Any] = {"phase": None, "reports": {}, "reflections": {}, "corrections": {}}
    keep(plan, 0, "start_plan", definition)
    number = 0
    while message := DBOS.recv(TOPIC, timeout_seconds=120):
        number += 1
        keep(plan, number, message["command"], message)
        _evolve(state, message)
        if message["last"]:
            break
    count: int = kept(plan)
    return count


def _evolve(state: dict[str, Any], message: dict[str, Any]) -> None:
    match message["command"]:
        case "convene":
            state["phase"] = message["phase"]
        case "report_progress":
            state["reports"][message["milestone"]] = message["status"]
        case "submit_reflection":
            state["reflections"][message["on_behalf_of"]] = message["answers"]
        case "propose_correction":
            state["corrections"][message["id"]] = {"endorsed": set(), "decision": None}
        case "endorse_correction":
            state["corrections"][message["correction"]]["endorsed"].add(message["on_behalf_of"])
        case "decide_correction":
            correction = state["corrections"][message["correction"]]
            if len(correction["endorsed"]) >= 2:
                correction["decision"] = message["decision"]
        case _:
            pass


@asynccontextmanager
async def program(setup: Message) -> AsyncIterator[Round]:
    with ConnectionPool(setup["dsn"], min_size=4, max_size=20) as FactsTable.pool:
        with FactsTable.pool.connection() as connection:
            connection.execute(
                """CREATE TABLE facts (plan text, number int, kind text NOT NULL, message json NOT NULL,
                   at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (plan, number))"""
            )
        DBOS(config={"name": "bench", "system_database_url": url_of(setup["dsn"]), "sys_db_pool_size": 20})
        DBOS.launch()
        await DBOS.register_queue_async(QUEUE)

        async def one(_: Message) -> Message:
            return {}

        yield one
        DBOS.destroy()


if __name__ == "__main__":
    play(program)
