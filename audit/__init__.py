"""Checking a history without trusting anyone: replay, views of entries, and (with the tree) proofs."""
