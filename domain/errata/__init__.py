"""Errata: mending one field of one entry."""
