"""What Temporal still has, held against the ledger and the journal, plan by plan.

The ledger is right where they differ; the question is whether it is the whole ledger. Temporal remembers, for as long
as it keeps histories, which commands it was told of: one that the journal does not hold was accepted by a ledger that
is gone, as after the restore of an older backup.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from activities.contract import PHASE, Agenda, Knock, plan_of, workflow_id
from domain import PLAN
from gateway.reads import Reads
from language import N_
from ledger import log
from ledger.connection import Pool

SETTLING: Final = timedelta(seconds=30)
"""What has waited for less is on its way."""

DIFFERENCES: Final[dict[str, str]] = {
}
