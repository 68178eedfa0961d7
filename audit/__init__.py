"""Verifying a history without trust in the operator: replay, views of entries, proofs, exports.

Reading order: ``verify`` (the auditor's stand-alone program), ``merkle`` and ``tree`` (the Merkle tree),
``log_folder``, ``checkpoint`` and ``sealer`` (signing the log), ``published`` and ``bundle`` (what readers can fetch),
``witness`` and ``cosigning``, ``log_keys`` and ``forking``.
"""
