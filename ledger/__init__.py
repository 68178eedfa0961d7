"""The event log in Postgres: append, read, fold. It is the only source of truth; everything else is derived from it.

Reading order: ``canonical`` and ``envelope`` (an entry, byte by byte), ``migrations/0001_ledger.sql`` (the tables and
their guards), ``appender`` (the only way to write), ``log`` and ``fold`` (reading), ``journal`` (accepted commands that
wait), ``keyring``, ``sealed`` and ``signature`` (encryption of sensitive values, and proof of the sender).

This package knows an entry by its envelope and a plan by its port. It contains no term of the plan domain.
"""
