"""Activities of the plan workflow. Workflows import ``activities.contract`` alone."""
