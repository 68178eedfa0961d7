"""The durable loop of a plan on Temporal: it waits, has the work done, and keeps the clock. It decides nothing."""
