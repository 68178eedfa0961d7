"""Wording of faults in a plan file with lengths of time as parameters."""

from telling.registry import parameters
from telling.values import span

parameters("windows_do_not_fit", every=span)
parameters("reports_overlap", every=span, within=span)
