"""The event log in Postgres: append, read, follow, fold. The only truth; everything else is derived from it.

Read it in this order: ``canonical`` and ``envelope`` (what an entry is, byte by byte), ``migrations/0001_ledger.sql``
(where it lies and what guards it), ``appender`` (the one way in), ``log``, ``follow`` and ``fold`` (the ways out),
``journal`` (commands before they are handled), ``keyring``, ``sealed`` and ``signature`` (what hurts, and who said it).

An entry is known here by its envelope and a plan by its port; no word of a plan stands in this package.
"""
