"""Contests: what was entered for a body and does not speak for it."""
