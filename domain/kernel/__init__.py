"""What every concept is made of: commands, events, entries, text, and the registry."""
