"""What a workflow asks of the world. Workflows import ``activities.contract`` alone."""
