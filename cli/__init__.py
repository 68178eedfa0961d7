"""The `rumbo` command: a client of the gateway, in the words of the field.

`main` chooses the language, runs the command and turns whatever went wrong into one sentence and an exit code. `shape`
is what all commands have in common, `client` talks to the gateway, `sending` sends a command and tells its outcome,
`text/` says things in words, and `commands/` has one module a noun. The language is chosen before any of these is
imported, so that help texts are translated where they are written.
"""
