"""All of Rumbo on one machine: PostgreSQL and Temporal from wheels, and worker and gateway, each a process.

`embedded.stack.Stack` runs them all; `embedded.postgres.running` and `embedded.temporal.running` run one server for a
test. Nothing here prints: events go to a callback (`embedded.messages`).
"""
