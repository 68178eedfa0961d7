"""Checking a history without trusting anyone: replay, views of entries, proofs.

Read it in this order: ``verify`` (what an auditor runs, one file that needs nothing of ours), ``merkle`` and ``tree``
(the tree, and where it lies), ``log_folder``, ``checkpoint`` and ``sealer`` (what the log signs), ``published`` and
``bundle`` (what people take away), ``witness`` and ``cosigning``, ``log_keys`` and ``forking``.
"""
