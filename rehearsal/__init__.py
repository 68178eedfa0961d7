"""Rehearsals: a plan's whole life in seconds, with the real loop on a Temporal that skips time and a temporary ledger.

``python -m rehearsal`` plays one plan for `embedded.rehearsal`, which starts the servers. The ledger's origin begins
with ``rehearsal/``, its mode is ``rehearsal``, and no checkpoint of it is ever signed.
"""
