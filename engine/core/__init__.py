"""The vocabulary: what happened (signals), what must be done (effects), what the world is told (events)."""
