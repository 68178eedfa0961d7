"""Contests: a body objects to an entry that another person entered for it."""
