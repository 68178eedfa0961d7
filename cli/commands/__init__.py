"""One module a noun. Each has a `command`, and imports what it needs when it is called."""
