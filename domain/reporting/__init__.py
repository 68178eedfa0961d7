"""Progress reports, evidence, measurements, occurrences."""
