"""Erasing sealed texts."""
