"""Refused commands and signals, as entries."""
