"""The `rumbo` command: a client of the gateway.

`main` chooses the language, runs the command and turns every failure into one sentence and an exit code. `command` has
the base classes of the commands and finds them in `commands/`; `verb` declares a command that sends one command to a
plan; `client` is the HTTP client; `sending` sends a command and writes its outcome; `sheet/` reads and writes CSV
tables. The language is chosen before any of these is imported, because help texts are translated at import.
"""
