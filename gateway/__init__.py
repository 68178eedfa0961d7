"""The one door: who may do what, the way of a command, and the HTTP API.

Read it in this order: ``access`` (the table), ``plan_file`` (reading what people write), ``tokens`` (who asks),
``intake`` (sending a command) with ``outcomes`` and ``sweeper``, ``reads`` (everything else), ``api`` and ``app``.
"""
