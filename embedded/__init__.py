"""The whole of Rumbo on one machine: PostgreSQL and Temporal from wheels, worker and gateway as processes of their own.

`embedded.stack.Stack` runs it all; `embedded.postgres.running` and `embedded.temporal.running` run one server for a
test. Nothing here prints: what happens is told to a callback (`embedded.telling`).
"""
