"""Saying things in words, in the language of whoever reads: values, events, plans, changes."""
