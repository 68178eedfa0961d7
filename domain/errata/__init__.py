"""Errata: corrections of one field of one entry."""
