"""Assessments and findings."""
