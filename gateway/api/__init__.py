"""The HTTP API, version 1: what the use cases look like from outside."""
