"""Our own programs: what Rumbo does, played in rounds."""
