"""Course corrections."""
