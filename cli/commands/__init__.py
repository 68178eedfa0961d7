"""One module per noun (`plan.py`), or per verb added to a noun (`plan_send.py`). `cli.command` finds them.

Each has a ``command``. What is slow to load is imported inside the functions that need it.
"""
