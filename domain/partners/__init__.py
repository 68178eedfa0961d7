"""Bodies that join, leave and are succeeded."""
