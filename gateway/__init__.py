"""The gateway: the HTTP server, and the only way into the ledger for people and programs.

- ``access``: which roles may use which use case, and for which body a caller sends a command.
- ``tokens``, ``people``: who a caller is; the register of names.
- ``sending``: the path of a command: parse, authorise, sign, journal, signal, wait for the outcome.
- ``reading``: plans as they are and were, histories, unsealing.
- ``plan_files``: plan files and edited copies, from text to definitions.
- ``recovery``: sweeper, restart of lost workflows, comparison of Temporal with the ledger.
- ``state``, ``commit_listener``, ``supervision``, ``availability``: what runs beside the requests.
- ``api``, ``app``, ``errors``: HTTP.
"""
