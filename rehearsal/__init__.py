"""A plan's whole life in seconds: the real loop on a Temporal that skips time, before a ledger that is thrown away.

``python -m rehearsal`` plays one plan for `embedded.rehearsal`, which gives it the servers. Its ledger's origin begins
with ``rehearsal/``, its mode is ``rehearsal``, and nothing of it is ever sealed.
"""
